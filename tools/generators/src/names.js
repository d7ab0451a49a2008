/** `my-head` in the forms that code needs: `myHead`, `MyHead`. */
export function namesOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is no name: take small letters, digits and hyphens, such as my-head.`);
  }
  const pascal = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase());
  return { name, camel: pascal[0].toLowerCase() + pascal.slice(1), pascal };
}
