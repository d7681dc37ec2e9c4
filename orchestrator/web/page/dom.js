"use strict";
// Elements from data. What was read becomes text nodes and plain attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const OF_SVG = new Set(["svg", "path", "line", "circle", "rect"]);

/** A description of an element. `attributes.key` tells it from its neighbours when they move. */
function h(tag, attributes, ...children) {
  const kept = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
  return { tag, attributes: attributes ?? {}, children: kept };
}

/** Make `parent` hold just these. What is alike stays the same element, with its focus. */
function show(parent, ...described) {
  const wanted = described.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
  const byKey = new Map();
  for (const node of parent.childNodes) if (node.key !== undefined) byKey.set(node.key, node);
  let place = parent.firstChild;
  for (const each of wanted) {
    const key = each.attributes?.key;
    let node = key === undefined ? place : byKey.get(key);
    if (!fits(node, each)) node = made(each);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    dress(node, each);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function fits(node, each) {
  if (!node) return false;
  if (each.tag === undefined) return node.nodeType === Node.TEXT_NODE;
  return node.localName === each.tag && node.key === each.attributes.key;
}

function made(each) {
  if (each.tag === undefined) return document.createTextNode("");
  const node = OF_SVG.has(each.tag)
    ? document.createElementNS(SVG, each.tag)
    : document.createElement(each.tag);
  node.key = each.attributes.key;
  node.given = {};
  return node;
}

function dress(node, each) {
  if (each.tag === undefined) {
    if (node.data !== String(each)) node.data = String(each);
    return;
  }
  for (const name of Object.keys(node.given ?? {})) {
    if (!(name in each.attributes)) attribute(node, name, null);
  }
  for (const [name, value] of Object.entries(each.attributes)) {
    if (name !== "key" && node.given?.[name] !== value) attribute(node, name, value);
  }
  node.given = each.attributes;
  show(node, each.children);
}

function attribute(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

const at = (id) => document.getElementById(id);
