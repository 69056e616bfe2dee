// A picture of terminal output, for the README:  llem results show DIR | node tools/docs/picture.mjs > docs/images/quickstart.svg
import { text } from 'node:stream/consumers';

const CHARACTER_PX = 7.8;
const LINE_PX = 18;
const MARGIN_PX = 16;

const lines = (await text(process.stdin)).trimEnd().split('\n');
const columns = Math.max(...lines.map((line) => line.length));
const width = Math.ceil(columns * CHARACTER_PX + 2 * MARGIN_PX);
const height = lines.length * LINE_PX + 2 * MARGIN_PX;
const escape = (line) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const rows = lines.map(
  (line, row) =>
    `<text x="${MARGIN_PX}" y="${MARGIN_PX + (row + 0.75) * LINE_PX}" xml:space="preserve">${escape(line)}</text>`,
);
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img">
<rect width="100%" height="100%" rx="8" fill="#10151c"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13" fill="#d7dde5">
${rows.join('\n')}
</g>
</svg>`);
