/** Text as HTML shows it, in an attribute too. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Type, tables, lists that fold, and grids of figures. */
const STYLE = `body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; max-width: 1120px; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin-bottom: 0.6rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; } h3 { font-size: 1rem; margin: 0 0 0.4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.8rem; text-align: right; border-bottom: 1px solid #e3e3e3; }
th:first-child, td:first-child { text-align: left; padding-left: 0; } th[colspan] { text-align: center; border-bottom: 2px solid #bbb; }
details { margin: 0.5rem 0; } summary { cursor: pointer; } details ul { margin: 0.3rem 0 0.8rem; color: #444; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 1.4rem; align-items: start; }
.grid.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); }
figure { margin: 0; min-width: 0; } figure svg { max-width: 100%; height: auto; } figcaption { font-size: 0.85rem; color: #444; overflow-wrap: anywhere; }
figure img { display: block; width: 100%; height: 250px; object-fit: contain; background: #111; border-radius: 4px; margin-bottom: 0.4rem; }
.question { font-weight: 600; margin-top: 0.35rem; }`;

/**
 * An HTML page that needs nothing else, in the style that all pages share.
 * @param title plain text
 * @param style rules of this page alone
 */
export function htmlPage(title: string, style: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${STYLE}
${style}
</style>
</head>
<body>
${body}
</body>
</html>
`;
}
