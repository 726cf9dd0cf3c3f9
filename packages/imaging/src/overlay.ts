import { signedDistance } from './distance.js';
import { checkSize, type Mask, type Picture } from './picture.js';
import { NEAR_CENTER_FRACTION } from './zones.js';

/** 8-bit red, green, blue. */
export type Colour = readonly [red: number, green: number, blue: number];

/** How an overlay looks. Widths are in pixels of the picture. */
export interface OverlayOptions {
  /** Of outline and fill; yellow-green by default, which neither grey scans nor red tissue hold. */
  colour?: Colour;
  /** Width of the bright line; by default 1/256 of the longest side, at least 2. */
  lineWidth?: number;
  /** 0 to 1; 0.16 by default. */
  fillOpacity?: number;
  /** Whether the zones' lines are drawn; true by default. */
  zones?: boolean;
}

const BRIGHT: Colour = [182, 255, 46];
const DARK: Colour = [10, 14, 10];
const LIGHT: Colour = [255, 255, 255];

/**
 * Draws a mask over a picture: a bright antialiased outline between thin dark edges, a faint fill, and under
 * them the dashed lines of the zones. The rule of the zones knows no central box: what the dashed circle
 * encloses is "near the centre", and a mask whose box reaches the crossing is in the centre.
 * @returns a new picture of the same size; the given one is left as it is
 * @throws RangeError when picture and mask differ in size
 */
export function drawOverlay(picture: Picture, mask: Mask, options: OverlayOptions = {}): Picture {
  checkSize('picture', picture, 3);
  checkSize('mask', mask);
  const { width, height } = picture;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(
      `overlay: the mask is ${mask.width} x ${mask.height}, the picture ${width} x ${height}`,
    );
  }
  const drawn: Picture = { width, height, data: picture.data.slice() };
  const lineWidth = options.lineWidth ?? Math.max(2, Math.max(width, height) / 256);
  if (options.zones ?? true) drawZones(drawn, Math.max(1, lineWidth / 2));
  drawMask(drawn, mask, lineWidth, options.colour ?? BRIGHT, options.fillOpacity ?? 0.16);
  return drawn;
}

function drawMask(drawn: Picture, mask: Mask, lineWidth: number, colour: Colour, fillOpacity: number): void {
  const half = lineWidth / 2;
  const edge = Math.max(0.6, lineWidth * 0.4);
  const reach = half + edge + 1;
  const field = signedDistance(mask, Math.ceil(reach));
  if (field === null) return;
  const [left, top, fieldWidth, fieldHeight] = field.box;
  for (let y = 0; y < fieldHeight; y++) {
    for (let x = 0; x < fieldWidth; x++) {
      const distance = field.data[y * fieldWidth + x]!;
      if (distance > reach) continue;
      const pixel = ((top + y) * drawn.width + left + x) * 3;
      const inside = coverage(-distance);
      if (inside > 0) blend(drawn.data, pixel, colour, inside * fillOpacity);
      const away = Math.abs(distance);
      if (away > reach) continue;
      blend(drawn.data, pixel, DARK, 0.6 * coverage(half + edge - away));
      blend(drawn.data, pixel, colour, coverage(half - away));
    }
  }
}

function drawZones(drawn: Picture, lineWidth: number): void {
  const { width, height } = drawn;
  const centerX = Math.floor(width / 2);
  const centerY = Math.floor(height / 2);
  const half = lineWidth / 2;
  const reach = Math.ceil(half + 0.5);
  const dash = Math.max(4, lineWidth * 5);
  const stroke = (x: number, y: number, along: number, away: number) => {
    // Light and dark by turns, so that one of them shows on any ground.
    const part = along / dash - 2 * Math.floor(along / dash / 2);
    const opacity = coverage(half - away) * (part < 1 ? 0.5 : 0.28);
    if (opacity > 0) blend(drawn.data, (y * width + x) * 3, part < 1 ? LIGHT : DARK, opacity);
  };
  // The lines run along the edges between the halves: pixel `center` is the first of right and bottom.
  for (let away = -reach; away < reach; away++) {
    const x = centerX + away;
    const y = centerY + away;
    if (x >= 0 && x < width) for (let row = 0; row < height; row++) stroke(x, row, row, Math.abs(away + 0.5));
    if (y >= 0 && y < height) for (let col = 0; col < width; col++) stroke(col, y, col, Math.abs(away + 0.5));
  }
  const radius = NEAR_CENTER_FRACTION * width;
  const circumference = 2 * Math.PI * radius;
  // A whole number of dashes, so that the circle closes.
  const dashes = Math.max(4, 2 * Math.round(circumference / dash / 2));
  const outer = Math.ceil(radius + reach);
  for (let y = Math.max(0, centerY - outer); y < Math.min(height, centerY + outer); y++) {
    const dy = y - centerY;
    for (let x = Math.max(0, centerX - outer); x < Math.min(width, centerX + outer); x++) {
      const dx = x - centerX;
      const away = Math.abs(Math.sqrt(dx * dx + dy * dy) - radius);
      if (away >= half + 0.5) continue;
      const turn = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
      stroke(x, y, turn * dashes * dash, away);
    }
  }
}

/** The share of a pixel that a shape covers, when its edge is `distance` pixels beyond the pixel's middle. */
function coverage(distance: number): number {
  return Math.min(1, Math.max(0, distance + 0.5));
}

function blend(data: Uint8Array, pixel: number, colour: Colour, opacity: number): void {
  if (opacity <= 0) return;
  for (let c = 0; c < 3; c++) {
    const value = data[pixel + c]!;
    data[pixel + c] = Math.round(value + (colour[c]! - value) * opacity);
  }
}
