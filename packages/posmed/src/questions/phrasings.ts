/*
 * Templates of questions and answers. {the} is "the polyp", {a} "a polyp" or "any polyps", {noun} "polyp",
 * {no} "no polyp"; {is}, {does}, {it}, {them} and {s} follow the number; {image} is a word for the picture;
 * {tail} is empty or " in the image"; {place} is "in the upper left", {spot} "the upper left"; {zone} is the
 * exact zone of the answer.
 */

/** Asks where the whole target is. */
export const WHERE_QUESTIONS: readonly string[] = [
  'Where {is} {the}{tail}?',
  'Where {is} {the}{tail}?',
  'Where {is} {the} located{tail}?',
  'Where can {the} be seen{tail}?',
  'Where do you see {the}{tail}?',
  'In which part of the {image} {is} {the}?',
  'Which part of the {image} shows {the}?',
  'Which region of the {image} contains {the}?',
  'What is the position of {the}{tail}?',
  'What is the location of {the}{tail}?',
  'Can you tell me where {the} {is}{tail}?',
  'Can you show me where {the} {is}{tail}?',
  'Locate {the}{tail}.',
  'Find {the}{tail}.',
  'Find {the} and tell me where {it} {is}.',
  'Point out {the}{tail}.',
  'Could you locate {the}{tail}?',
  '{The}: where {is} {it}?',
  'Tell me the location of {the}{tail}.',
  'Whereabouts {is} {the}{tail}?',
  'In what area of the {image} {does} {the} lie?',
  'I am looking for {the}{tail}. Where {is} {it}?',
  'Which zone of the {image} {is} {the} in?',
  'What part of the {image} {is} {the} in?',
];

/** Asks whether the target is there, and where. */
export const EXISTS_QUESTIONS: readonly string[] = [
  '{Is} there {a}{tail}, and where?',
  '{Is} there {a}{tail} and where {is} {it}?',
  '{Is} there {a}{tail}? If so, where?',
  '{Is} there {a}{tail}?',
  'Do you see {a}{tail}?',
  'Can you see {a}{tail}?',
  'Can you find {a}{tail}?',
  'Does this {image} show {a}?',
  'Does the {image} contain {a}?',
  'Does the {image} show {a}, and in which part?',
  '{Is} {a} visible{tail}?',
  '{Is} {a} present{tail}?',
  'Any {noun}{tail}?',
  'Any sign of {a}{tail}?',
  'Check the {image} for {a}.',
  'Look for {a}{tail}.',
  'Tell me if there {is} {a}{tail}, and where.',
  'Please check whether there {is} {a}{tail}.',
  'Could there be {a}{tail}?',
  '{Is} {a} seen{tail}, and where {is} {it}?',
  'Have a look at this {image}. {Is} there {a}?',
];

/** Asks for the outline of the whole target, or of the lung of a side. */
export const SEGMENT_QUESTIONS: readonly string[] = [
  'Segment {the}{tail}.',
  'Segment {the}{tail}.',
  'Please segment {the}{tail}.',
  'Can you segment {the}{tail}?',
  'Could you outline {the}{tail}?',
  'Can you outline {the}{tail}?',
  'Outline {the}{tail}.',
  'Mark {the}{tail}.',
  'Highlight {the}{tail}.',
  'Delineate {the}{tail}.',
  'Draw a mask over {the}{tail}.',
  'Give me a mask of {the}{tail}.',
  'Mask {the}{tail}.',
  'Trace {the}{tail}.',
  'Show me {the}{tail}.',
  'Show the extent of {the}{tail}.',
  'Create a segmentation mask of {the}{tail}.',
  'I need a mask of {the}{tail}.',
  'Extract {the} from the {image}.',
  'Contour {the}{tail}.',
  'Which pixels belong to {the}?',
  'Label the pixels of {the}{tail}.',
  'Separate {the} from the background.',
  'Show me the outline of {the}{tail}.',
];

/** Asks for what lies in a place; also where nothing does. */
export const PLACE_QUESTIONS: readonly string[] = [
  'Segment {the} {place}.',
  'Segment {the} {place}.',
  'Please segment {the} {place}.',
  'Can you segment {the} {place}?',
  'Outline {the} {place}.',
  'Can you outline {the} {place}?',
  'Mark {the} {place}.',
  'Mark only {the} {place}.',
  'Show me {the} {place}.',
  'Highlight {the} {place}.',
  'Give me a mask of {the} {place}.',
  'Find {the} {place}.',
  'Only {the} {place}, please.',
  'What about {the} {place}?',
  'Could you show {the} that {is} {place}?',
  '{Is} there {a} {place}?',
  '{Is} there {a} {place}?',
  'Do you see {a} {place}?',
  '{Is} {a} visible {place}?',
  'Can you find {a} {place}?',
  'Any {noun} {place}?',
  'Any sign of {a} {place}?',
  'Check {spot} for {a}.',
  'Does {spot} contain {a}?',
  'Look at {spot}: {is} there {a}?',
];

/** More for findings, without their name. */
export const SUSPICION_QUESTIONS: readonly string[] = [
  'Anything suspicious {place}?',
  'Do you see anything abnormal {place}?',
  'Is there something suspicious {place}?',
  'Is anything wrong {place}?',
];

/** Says where the target that was asked for is. */
export const WHERE_ANSWERS: readonly string[] = [
  '{The} {is} in the {zone} of the image.',
  '{The} {is} in the {zone} of the image.',
  '{The} {is} located in the {zone} of the image.',
  '{The} lie{s} in the {zone} of the image.',
  '{It} {is} in the {zone} of the image.',
  '{The} {is} seen in the {zone} of the image.',
  '{The} can be seen in the {zone} of the image.',
  '{The} appear{s} in the {zone} of the image.',
  'I see {the} in the {zone} of the image.',
  'In the {zone} of the image.',
];

/** Says that the target is there, and where. */
export const EXISTS_ANSWERS: readonly string[] = [
  'Yes, there {is} {some} in the {zone} of the image.',
  'Yes, {the} {is} in the {zone} of the image.',
  'Yes, {the} {is} seen in the {zone} of the image.',
  'Yes, {it} {is} in the {zone} of the image.',
  'Yes, I see {some} in the {zone} of the image.',
  'Yes, {some} can be seen in the {zone} of the image.',
  'Yes, in the {zone} of the image.',
  'There {is} {some} in the {zone} of the image.',
];

/** Goes with a mask, and says where it is. */
export const SEGMENT_ANSWERS: readonly string[] = [
  '{The} {is} marked in the {zone} of the image.',
  '{The} {is} outlined in the {zone} of the image.',
  'The mask covers {the} in the {zone} of the image.',
  'The mask shows {the} in the {zone} of the image.',
  'Here {is} {the}, in the {zone} of the image.',
  'I marked {the} in the {zone} of the image.',
  '{The} {is} segmented, in the {zone} of the image.',
  '{The} {is} in the {zone} of the image.',
  'Marked: {the} in the {zone} of the image.',
];

/** Says that the place asked for holds none; it repeats no zone. */
export const ABSENT_PLACE_ANSWERS: readonly string[] = [
  'No, there {is} {no} there.',
  'No, there {is} {no} in that part of the image.',
  'No, {no} {is} seen there.',
  'No, that part of the image shows {no}.',
  'No, I see {no} in that part of the image.',
  'No, that area of the image holds {no}.',
  'No {noun} {is} visible in that part of the image.',
  'No, there is none in that part of the image.',
  'No, none is seen there.',
];

/** Says that the picture holds none. */
export const ABSENT_TARGET_ANSWERS: readonly string[] = [
  'No, there {is} {no} in the image.',
  'No, {no} {is} visible in the image.',
  'No, the image shows {no}.',
  'No, I see {no} in the image.',
  'No {noun} can be seen in the image.',
  'No {noun} {is} present in the image.',
  'No, there is none in the image.',
  'No, the image does not contain {a}.',
  'No, none is seen in the image.',
];

/** What follows a question to say that it is about the picture; empty more often than not. */
export const TAILS: readonly string[] = [
  '',
  '',
  '',
  '',
  '',
  ' in the {image}',
  ' in this {image}',
  ' on the {image}',
  ' here',
];

/** What follows a zone or side. */
export const PLACE_TAILS: readonly string[] = [
  '',
  '',
  '',
  '',
  ' of the image',
  ' of the {image}',
  ' of this {image}',
];

/** The lung of a side of the picture. */
export const SIDE_LUNGS: readonly string[] = [
  'the {side} lung',
  'the {side} lung',
  'the {side} lung',
  'the lung on the {side}',
  'the lung on the {side} side of the image',
  'the lung on the {side}-hand side',
  'the {side}-hand lung',
  'the {side} lung field',
];

/** A side of the picture. */
export const SIDE_PLACES: readonly string[] = [
  'on the {side}',
  'on the {side}',
  'on the {side} side',
  'in the {side} half',
  'on the {side}-hand side',
  'on the {side} side of the image',
  'in the {side} half of the {image}',
];

/** The upper or lower half of the picture. */
export const HALF_PLACES: readonly string[] = [
  'in the {half} half',
  'in the {half} half of the image',
  'in the {half} part of the {image}',
  'in the {half} area',
];
