/*
 * tree: what a chart is made of, before it is a document: so that it is a pure function of its
 * data, can be tested as text, and gets onto a page without any HTML being put in as text. No
 * style attributes: the page's policy forbids them; looks are classes and presentation attributes.
 */

export interface Tree {
	name: string;
	attributes: { [name: string]: string | number };
	children: (Tree | string)[];
}

export function tree(name: string, attributes: Tree["attributes"] = {}, ...children: (Tree | string | undefined)[]): Tree {
	return { name, attributes, children: children.filter((child) => child !== undefined) };
}

const special: { [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (character) => special[character]!);
}

/* As XML, for tests and for files. */
export function markup(node: Tree | string): string {
	if (typeof node === "string")
		return escaped(node);
	const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`).join("");
	return node.children.length === 0
		? `<${node.name}${attributes}/>`
		: `<${node.name}${attributes}>${node.children.map(markup).join("")}</${node.name}>`;
}

const SVG = "http://www.w3.org/2000/svg", HTML = "http://www.w3.org/1999/xhtml";

/* As elements of the page: SVG from `svg` inwards, HTML elsewhere. */
export function build(node: Tree, namespace = node.name === "svg" ? SVG : HTML): Element {
	const element = document.createElementNS(namespace, node.name);
	for (const [name, value] of Object.entries(node.attributes))
		element.setAttribute(name, String(value));
	for (const child of node.children)
		element.append(typeof child === "string" ? child : build(child, child.name === "svg" ? SVG : namespace));
	return element;
}

/* Where a number is drawn: as short as it can be told. */
export function at(value: number): number {
	return Math.round(value * 10) / 10;
}
