/** Prints how many secrets of the labelled set are found, what is taken for one, and how long it takes. */
import { cleanText } from '../../src/secrets/clean-text.ts';
import { isLeft, LABELLED_SECRETS, LOOK_ALIKES } from '../support/secret-set.ts';

const missed: string[] = [];
for (const each of LABELLED_SECRETS) {
  const { text } = await cleanText(each.text);
  if (isLeft(text, each))
    missed.push(`${each.kind}: ${each.text.slice(0, 90)}  ->  ${text.slice(0, 120)}`);
}
const mistaken: string[] = [];
for (const { kind, text } of LOOK_ALIKES) {
  const cleaned = await cleanText(text);
  if (cleaned.text !== text)
    mistaken.push(`${kind}: ${text.slice(0, 90)}  ->  ${cleaned.text.slice(0, 120)}`);
}
const found = LABELLED_SECRETS.length - missed.length;
console.log(
  `secrets found: ${found} of ${LABELLED_SECRETS.length} (recall ${(found / LABELLED_SECRETS.length).toFixed(3)})`,
);
console.log(
  `look-alikes taken for one: ${mistaken.length} of ${LOOK_ALIKES.length} (precision ${(found / (found + mistaken.length)).toFixed(3)})`,
);
for (const each of missed) console.log(`  missed    ${each.replaceAll('\n', '\\n')}`);
for (const each of mistaken) console.log(`  mistaken  ${each.replaceAll('\n', '\\n')}`);
