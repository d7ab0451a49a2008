import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes } from 'parse5';

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

/** An element of a page as a browser's parser sees it. */
export interface PageElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** All text inside. */
  readonly text: string;
}

export interface Page {
  /** In the order of the document. */
  readonly elements: readonly PageElement[];
  /** What is not as the HTML standard wants it, with the line. */
  readonly faults: readonly string[];
  /** Those with a tag, and a class where one is given. */
  find(tag: string, className?: string): readonly PageElement[];
}

const VOID = new Set(['br', 'hr', 'img', 'input', 'link', 'meta']);

/**
 * Parses a page by the rules of the HTML standard. Besides the parser's own errors, an element without an end tag is a
 * fault, and so is an element that the parser had to add.
 */
export function parsePage(html: string): Page {
  const faults: string[] = [];
  const elements: PageElement[] = [];
  const document = parse(html, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine }) => faults.push(`${code} in line ${startLine}`),
  });
  const visit = (node: Node): string => {
    if (defaultTreeAdapter.isTextNode(node)) return node.value;
    if (!defaultTreeAdapter.isElementNode(node)) return childrenOf(node).map(visit).join('');
    const fault = faultOf(node, html);
    if (fault) faults.push(fault);
    const place = elements.length;
    elements.push({ tag: node.tagName, attributes: {}, text: '' });
    const text = childrenOf(node).map(visit).join('');
    const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
    elements[place] = { tag: node.tagName, attributes, text };
    return text;
  };
  visit(document);
  return {
    elements,
    faults,
    find: (tag, className) =>
      elements.filter(
        (element) =>
          element.tag === tag &&
          (!className || (element.attributes['class'] ?? '').split(' ').includes(className)),
      ),
  };
}

const childrenOf = (node: Node): readonly Node[] => ('childNodes' in node ? node.childNodes : []);

function faultOf({ tagName, sourceCodeLocation: location }: Element, html: string): string | undefined {
  if (!location?.startTag) return `<${tagName}> was added by the parser`;
  if (location.endTag || VOID.has(tagName)) return undefined;
  const { startOffset, endOffset, startLine } = location.startTag;
  const closesItself = html.slice(startOffset, endOffset).endsWith('/>');
  return closesItself ? undefined : `<${tagName}> in line ${startLine} has no end tag`;
}
