/** The programs that draw users as points: their state at the clock, its colour, depth and shape. */

import {MOST_NUMBER} from "./show.js";

/** State as stateOf() in show.js has it: 0 waiting, 1 in time, 2 late, 3 blind zone, 4 suppressed, 5 missing. */
export const VERTEX = `#version 300 es
precision highp float;
layout(location = 0) in vec2 home;   // 0..1 over the box
layout(location = 1) in float arrival; // of S, seconds after origin
layout(location = 2) in float due;   // number of the first report due to this user; 0: none
layout(location = 3) in float told;  // receipt, seconds after origin
uniform float clock;
uniform float release;               // of the first public report
uniform float closed;
uniform float released[${MOST_NUMBER + 1}]; // by number
uniform vec4 place;                  // the box in clip space: scale, then offset
uniform vec3 colours[6];
uniform float size;                  // device pixels
uniform float flash;                 // how much a dot grows at its receipt; 0: not at all
flat out vec3 colour;
flat out int state;
void main() {
  if (told <= clock && told < arrival) state = 1;
  else if (told > clock && clock >= closed) state = 5;
  else if (arrival > clock) state = 0;
  else if (arrival <= release) state = 3;
  else state = arrival <= released[int(due)] ? 4 : 2;
  colour = colours[state];
  float fresh = state == 1 ? max(0.0, 1.0 - 2.5 * (clock - told)) : 0.0;
  float grown = state == 0 ? 0.7 : state == 1 ? 1.0 + flash * fresh : 1.25;
  gl_PointSize = max(1.0, size * grown);
  // Nearer is drawn over: missing, late, blind zone, suppressed, in time, waiting. Beyond the far plane nothing is drawn.
  float depth = state == 0 ? 0.8 : state == 1 ? 0.4 : state == 2 ? -0.4 : state == 3 ? 0.0 : state == 4 ? 0.2 : -0.6;
  gl_Position = vec4(home * place.xy + place.zw, due == 0.0 ? 2.0 : depth, 1.0);
}`;

/** Squares of one colour: all that dots of some three pixels can show. */
export const PLAIN_FRAGMENT = `#version 300 es
precision lowp float;
flat in vec3 colour;
out vec4 painted;
void main() {
  painted = vec4(colour, 1.0);
}`;

/**
 * Round dots; squares for late; rings set on their corner for the blind zone; rings for suppressed; crosses for missing.
 * A ring's hole hides what lies under it, a little deeper than rings: so the user's dot that was there before is gone.
 */
export const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec3 colour;
flat in int state;
out vec4 painted;
void main() {
  vec2 at = abs(2.0 * gl_PointCoord - 1.0);
  bool hole = false;
  if (state == 3) {
    float along = at.x + at.y;
    if (along > 1.0) discard;
    hole = along < 0.45;
  } else if (state == 4) {
    if (dot(at, at) > 1.0) discard;
    hole = dot(at, at) < 0.35;
  } else if (state == 5) {
    if (min(at.x, at.y) > 0.35) discard;
  } else if (state != 2 && dot(at, at) > 1.0) {
    discard;
  }
  painted = hole ? vec4(0.0) : vec4(colour, 1.0);
  gl_FragDepth = gl_FragCoord.z + (hole ? 0.02 : 0.0);
}`;
