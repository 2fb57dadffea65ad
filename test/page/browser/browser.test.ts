// Which browser the page is tested in.
import { whyNoBrowser } from './browser';

test.each([
  ['/nowhere/chromium', 'CHROMIUM_PATH names /nowhere/chromium, which is not there'],
  [__filename, 'the billing page cannot be tested as asked'],
])('CHROMIUM_PATH=%s fails, and nothing is skipped', (named, said) => {
  expect(() => whyNoBrowser({ ...process.env, CHROMIUM_PATH: named })).toThrow(said);
});
