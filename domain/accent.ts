// The platform's accent colour, made readable: darkened for a light page and lightened for a dark one until its contrast is
// enough (WCAG 2.2, 1.4.3: 4.5 to 1), so that whatever colour is set nobody has to judge it by eye.

/** Red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number];

/** The colour, and what is written on top of it; both as `#rrggbb`. */
export type Readable = { readonly color: string; readonly on: string };

export type Accent = { readonly light: Readable; readonly dark: Readable };

const contrastMin = 4.5;
// Of the page's grounds that on which each kind of text is the hardest to read.
const grounds = { light: '#f3f4f6', dark: '#1f2226' } as const;
const inks = ['#ffffff', '#10151c'] as const;
const steps = 100;

/** Whether a text is a colour as it is set: `#1f5fc4`. */
export function isColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** The accent for both themes. `color` as `#rrggbb`. */
export function accentOf(color: string): Accent {
  return { light: readable(color, 'light'), dark: readable(color, 'dark') };
}

/** The contrast of two colours by WCAG: from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [lower = 0, higher = 0] = [luminance(rgbOf(one)), luminance(rgbOf(other))].sort((a, b) => a - b);
  return (higher + 0.05) / (lower + 0.05);
}

// Towards black or white in hundredths; white on the dark ground and black on the light one are well above what is asked.
function readable(color: string, theme: keyof typeof grounds): Readable {
  const towards = theme === 'light' ? '#000000' : '#ffffff';
  for (let step = 0; step <= steps; step++) {
    const shade = mixed(color, towards, step / steps);
    const ink = inks.find((each) => contrast(shade, each) >= contrastMin);
    if (contrast(shade, grounds[theme]) >= contrastMin && ink !== undefined) return { color: shade, on: ink };
  }
  throw new Error(`accent: no shade of ${color} can be read on ${grounds[theme]}`);
}

function mixed(from: string, to: string, part: number): string {
  const [start, end] = [rgbOf(from), rgbOf(to)];
  const channels = start.map((value, at) => Math.round(value + ((end[at] ?? 0) - value) * part));
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function rgbOf(color: string): Rgb {
  const at = (index: number) => Number.parseInt(color.slice(index, index + 2), 16);
  return [at(1), at(3), at(5)];
}

// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
