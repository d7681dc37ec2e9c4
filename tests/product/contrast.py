"""Contrast of all text on a page, by the formula of WCAG 2 (1.4.3)."""

from playwright.async_api import Page

# https://www.w3.org/TR/WCAG22/#dfn-relative-luminance, #dfn-contrast-ratio
FAINT = r"""
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) =>
    [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const color = rgba(getComputedStyle(each).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((channel) => {
      const c = channel / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ratio = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const opacity = (element) => {
    let all = 1;
    for (let each = element; each; each = each.parentElement) all *= getComputedStyle(each).opacity;
    return all;
  };
  const judged = [];
  const judge = (element, style, words) => {
    const below = ground(element);
    const [r, g, b, a] = rgba(style.color);
    const found = ratio(over([r, g, b, a * opacity(element)], below), below);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    judged.push([found, isLarge ? 3 : 4.5, words.trim().slice(0, 40)]);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const box = element.getBoundingClientRect();
    const isSeen = element.checkVisibility({ visibilityProperty: true }) && box.width > 1;
    if (isSeen && texts.currentNode.data.trim() && !["SCRIPT", "STYLE"].includes(element.tagName)) {
      judge(element, getComputedStyle(element), texts.currentNode.data);
    }
  }
  for (const input of document.querySelectorAll("input[placeholder]")) {
    judge(input, getComputedStyle(input, "::placeholder"), input.placeholder);
  }
  return [judged.length, judged.filter(([found, least]) => found < least)
    .map(([found, , words]) => `${found.toFixed(2)}: ${words}`)];
}
"""


async def faint_texts(page: Page) -> list[str]:
    """Texts with too little contrast to what is behind them, each with its ratio.

    Fails where there is next to no text to judge.
    """
    judged, faint = await page.evaluate(FAINT)
    assert judged > 50
    return list(faint)
