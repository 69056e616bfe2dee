/**
 * Study files with pieces cut out, doubled and put in, through the real command: never a crash, always a place. 20 of them, or as
 * many as LLEM_MUTATED_COMMANDS says.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SHORT_STUDY, workplace, type Workplace } from './llem.js';

const TEXT = `${SHORT_STUDY}base: other.yaml
sweep: { workload.seed: [1, 2], llamacpp.threads: { from: 1, to: 4, steps: 3 } }
groups: { a: [{ llamacpp.mmap: [true, false] }, { measure.settle_s: 1 }] }
experiments: [{ workload.turns: 1 }]
`;
const PIECES = [
  '[',
  '}',
  ': ',
  '- ',
  '"',
  '\t',
  '&a ',
  '*a',
  '---\n',
  '\u0000',
  '1e400',
  '__proto__',
  'sweep: ',
  'base: ',
];

const FILES = Number(process.env['LLEM_MUTATED_COMMANDS'] ?? 20);

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
  await writeFile(join(place.dir, 'other.yaml'), 'workload.api: completions\n');
});
afterAll(() => place.remove());

/** Numbers from 0 to below `under`, the same in every run (a linear congruential generator, Numerical Recipes). */
function numbers(): (under: number) => number {
  let state = 20_260_131;
  return (under) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * under);
  };
}

it('a study with a mistake is refused at a place, and one without is planned', async () => {
  const draw = numbers();
  const codes = new Map<number | null, number>();
  for (let index = 0; index < FILES; index += 1) {
    let text = TEXT;
    for (let edits = draw(3); edits >= 0; edits -= 1) {
      const at = draw(text.length);
      const cut = text.slice(at, at + draw(12));
      const put = [PIECES[draw(PIECES.length)] ?? '', '', cut + cut][draw(3)] ?? '';
      text = text.slice(0, at) + put + text.slice(at + cut.length);
    }
    await writeFile(join(place.dir, 'study.yaml'), text);
    const { code, signal, stderr } = await place.llem(['plan', 'study.yaml']);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(signal, text).toBeNull();
    expect(stderr, text).not.toMatch(/^\s+at .+/m);
    if (code === 0) continue;
    expect(code, `${text}\n${stderr}`).toBe(2);
    expect(stderr, text).toMatch(/(study|other)\.yaml:\d+:\d+: ./);
  }
  expect([...codes.keys()].sort()).toEqual([0, 2]);
}, 600_000);
