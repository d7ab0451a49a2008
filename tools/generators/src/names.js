/** Folders and packages have names too: npm takes 214 characters, and a person far fewer. */
const LONGEST = 60;

/** `my-head` in the forms that code needs: `myHead`, `MyHead`. */
export function namesOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is no name: take small letters, digits and hyphens, such as my-head.`);
  }
  if (name.length > LONGEST) {
    throw new Error(
      `The name has ${name.length} characters; the limit is ${LONGEST}. Take a shorter one, such as my-head.`,
    );
  }
  const pascal = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase());
  const names = { name, camel: pascal[0].toLowerCase() + pascal.slice(1), pascal };
  if (isReserved(names.camel)) throw unusable(name, 'is a word of the language');
  return names;
}

/** Whether the language keeps a word for itself, in a module. */
function isReserved(word) {
  // Words that a function may declare, and a module of TypeScript may not.
  if (['await', 'undefined'].includes(word)) return true;
  try {
    new Function(`'use strict'; const ${word} = 0;`);
    return false;
  } catch {
    return true;
  }
}

/** Throws where a source would declare what it imports. */
export function assertImportsNone(source, declared, name) {
  for (const [, imported] of source.matchAll(/^import ([^;]*?) from /gm)) {
    const clash = imported.match(/\w+/g).find((word) => declared.includes(word));
    if (clash) throw unusable(name, `would declare ${clash}, which its source imports`);
  }
}

export const unusable = (name, why) => new Error(`"${name}" ${why}. Take another name, such as my-${name}.`);
