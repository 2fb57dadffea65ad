// Whatever colour is set, what is written in it and on it can be read.
import fc from 'fast-check';
import { accentOf, contrast } from '../../domain/accent';

test.each([
  ['#000000', '#ffffff', 21],
  ['#777777', '#ffffff', 4.48],
  ['#ffffff', '#ffffff', 1],
])('the contrast of %s and %s is %d', (one, other, expected) => {
  expect(contrast(one, other)).toBeCloseTo(expected, 2);
  expect(contrast(other, one)).toBeCloseTo(expected, 2);
});

test('a colour that can be read stays what it is', () => {
  expect(accentOf('#1f5fc4').light).toEqual({ color: '#1f5fc4', on: '#ffffff' });
});

test('every colour can be read in both themes, and so can what is written on it', () => {
  const colors = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
  fc.assert(
    fc.property(colors, (color) => {
      const { light, dark } = accentOf(color);
      for (const ground of ['#ffffff', '#f3f4f6']) expect(contrast(light.color, ground)).toBeGreaterThanOrEqual(4.5);
      for (const ground of ['#15171a', '#1f2226']) expect(contrast(dark.color, ground)).toBeGreaterThanOrEqual(4.5);
      for (const { color: shade, on } of [light, dark]) expect(contrast(shade, on)).toBeGreaterThanOrEqual(4.5);
    }),
    { numRuns: 2000 },
  );
});

test.each(['#000000', '#ffffff', '#ffff00', '#0000ff', '#ff0000', '#808080'])('%s can be read', (color) => {
  expect(() => accentOf(color)).not.toThrow();
});
