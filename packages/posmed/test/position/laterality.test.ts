import { ZONES } from '@prs-med/imaging';
import { expect, it } from 'vitest';
import { lateralityOf, turnSide, turnZone } from '../../src/position/laterality.js';
import { MODALITIES } from '../../src/sources/source.js';

it('turns sides and zones, and back', () => {
  expect(turnSide('left')).toBe('right');
  expect(ZONES.map(turnZone)).toEqual(['top-right', 'top-left', 'bottom-right', 'bottom-left', 'center']);
  for (const zone of ZONES) expect(turnZone(turnZone(zone))).toBe(zone);
});

it("knows the modalities that show the patient's left on their right", () => {
  const turned = MODALITIES.filter((modality) => lateralityOf(modality, 'patient') === 'patient');
  expect(turned).toEqual(['ct', 'mri', 'x-ray']);
  for (const modality of MODALITIES) expect(lateralityOf(modality, 'image')).toBe('image');
});
