// Runs in a page: returns the visible texts whose contrast with their background is below 4.5.
// Source: https://www.w3.org/TR/WCAG22/#contrast-minimum
(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isOpaque = (colour) => (channels(colour)[3] ?? 1) === 1;
  const backgroundOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return isOpaque(backgroundColor) ? backgroundColor : backgroundOf(element.parentElement);
  };
  const contrastOf = (element) => {
    const [dark, light] = [getComputedStyle(element).color, backgroundOf(element)]
      .map(luminance)
      .sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const hasText = (element) =>
    ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) ||
    [...element.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== '');
  return [...document.body.querySelectorAll('*')]
    .filter((element) => hasText(element) && element.checkVisibility() && element.getClientRects().length > 0)
    .filter((element) => contrastOf(element) < 4.5)
    .map(
      (element) =>
        `${element.tagName} ${element.className}: ${element.textContent.slice(0, 40)} (${contrastOf(element).toFixed(2)})`,
    );
})();
