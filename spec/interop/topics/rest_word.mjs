// rest_word: the sensitive words.

import assert from 'node:assert/strict';
import { done, refused, refusedBySdk, refusedSteps } from '../lib/answers.mjs';
import { step } from '../lib/report.mjs';

export default async function words(cloud, sdk) {
  const { Sensitive } = sdk;

  await step('/sensitiveword/add.json by the SDK: blocking and replacing', async () => {
    await done(Sensitive.add({ keyword: 'gin', type: 1 }));
    await done(Sensitive.add({ keyword: 'rum', replace: 'tea', type: 0 }));
  });

  await step('/sensitiveword/list.json by the SDK: both kinds', async () => {
    const { words } = await done(Sensitive.getList({ type: 2 }));
    const found = words.map(({ type, word }) => `${type} ${word}`).sort();
    assert.deepEqual(found, ['0 rum', '1 gin']);
    assert.equal(words.find((one) => one.word === 'rum').replaceWord, 'tea');
  });

  await step('/sensitiveword/add.json by the SDK: a word of punctuation is refused', () => (
    refusedBySdk(Sensitive.add({ keyword: '-', type: 1 }), 1002)
  ));

  await step('/sensitiveword/batch/delete.json by the SDK: known and unknown words', async () => {
    await done(Sensitive.remove({ keywords: ['gin', 'nowhere'] }));
    const { words } = await done(Sensitive.getList({ type: 2 }));
    assert.deepEqual(words.map((one) => one.word), ['rum']);
  });

  await step('/sensitiveword/batch/delete.json by the SDK: 51 words are refused', () => (
    refusedBySdk(Sensitive.remove({ keywords: Array.from({ length: 51 }, (_, i) => `w${i}`) }),
      1002)
  ));

  await step('/sensitiveword/delete.json: done', async () => {
    await cloud.must('/sensitiveword/delete.json', { word: 'rum' });
    assert.deepEqual((await cloud.must('/sensitiveword/list.json', { type: 2 })).words, []);
  });

  await step('/sensitiveword/batch/add.json: all or nothing', async () => {
    const add = (words) => cloud.api('/sensitiveword/batch/add.json', { words }, { json: true });
    refused(await add([{ word: 'ale' }, { word: '-' }]), 1002, 400);
    assert.deepEqual((await cloud.must('/sensitiveword/list.json', { type: 2 })).words, []);
    const answer = await add([{ word: 'ale' }, { word: 'cider', replaceWord: 'juice' }]);
    assert.equal(answer.code, 200);
    assert.equal(typeof answer.remainQuota, 'number');
    assert.equal((await cloud.must('/sensitiveword/list.json', { type: 2 })).words.length, 2);
  });

  await refusedSteps(cloud, [
    ['/sensitiveword/delete.json', {}, 'without word'],
    ['/sensitiveword/list.json', { type: 7 }, 'type 7'],
  ]);
}
