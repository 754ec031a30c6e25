// Hand tracking off the page's thread: camera frames in, one Float64Array of numbers out.
// Messages as in detection.js; its "load" also has `gestures`: whether the bundle is the
// GestureRecognizer's and not the HandLandmarker's. `values` is persona_core.hands.hand_observation' flat
// layout: [hands found, captured ms, done ms, width / height], then for each of two hands
// [handedness, its score, gesture or -1, its score, 21 x 3 image landmarks].

import { HEAD, serveDetector } from "./detection.js";

const MAX_HANDS = 2;
const HANDEDNESS = ["Left", "Right"];
// By persona_core.face.params.Gesture's numbers.
const GESTURES = [
  "None",
  "Closed_Fist",
  "Open_Palm",
  "Pointing_Up",
  "Thumb_Up",
  "Thumb_Down",
  "Victory",
  "ILoveYou",
];
const HAND = 4 + 21 * 3;
const HANDS_AT = HEAD + 1;

// The face comes first. Hands take at most every second frame of a 30 Hz camera, and rest twice
// as long as they worked: sharing a single core with the face they would cost it a sixth.
const MIN_PERIOD_MS = 60;
const REST_PER_COST = 2;

serveDetector({
  create: ({ GestureRecognizer, HandLandmarker }, files, { model, gestures }) =>
    (gestures ? GestureRecognizer : HandLandmarker).createFromOptions(files, {
      baseOptions: { modelAssetPath: model, delegate: "CPU" },
      runningMode: "VIDEO",
      numHands: MAX_HANDS,
    }),

  detect(task, bitmap, stamp) {
    const values = new Float64Array(HANDS_AT + MAX_HANDS * HAND);
    const recognises = "recognizeForVideo" in task;
    const result = recognises
      ? task.recognizeForVideo(bitmap, stamp)
      : task.detectForVideo(bitmap, stamp);
    values[0] = result.landmarks.length;
    values[HEAD] = bitmap.width / bitmap.height;
    result.landmarks.forEach((landmarks, index) => {
      const hand = values.subarray(HANDS_AT + index * HAND, HANDS_AT + (index + 1) * HAND);
      const side = result.handedness[index][0];
      const gesture = result.gestures?.[index]?.[0];
      hand[0] = HANDEDNESS.indexOf(side.categoryName);
      hand[1] = side.score;
      hand[2] = recognises ? Math.max(GESTURES.indexOf(gesture?.categoryName), 0) : -1;
      hand[3] = gesture?.score ?? 0;
      hand.set(landmarks.flatMap(({ x, y, z }) => [x, y, z]), 4);
    });
    return values;
  },

  rest: (cost) => Math.max(REST_PER_COST * cost, MIN_PERIOD_MS - cost),
});
