/** The programs that draw users as points: their state at the clock, its colour, depth and shape. */

/** State as stateOf() in show.js has it: 0 waiting, 1 in time, 2 late, 3 blind zone. */
export const VERTEX = `#version 300 es
precision highp float;
layout(location = 0) in vec2 home;   // 0..1 over the box
layout(location = 1) in float s;     // arrival, hundredths of a second; 65535: later
layout(location = 2) in float level; // 128 and more: nothing is due to him
layout(location = 3) in float told;  // his receipt, seconds after origin
uniform float clock;
uniform float release;
uniform vec4 place;                  // the box in clip space: scale, then offset
uniform vec3 colours[4];
uniform float size;                  // device pixels
uniform float flash;                 // how much a dot grows as he reads; 0: not at all
flat out vec3 colour;
flat out int state;
void main() {
  float arrival = s == 65535.0 ? 1e9 : s * 0.01;
  state = told <= clock && told < arrival ? 1 : arrival > clock ? 0 : arrival <= release ? 3 : 2;
  colour = colours[state];
  float fresh = state == 1 ? max(0.0, 1.0 - 2.5 * (clock - told)) : 0.0;
  float grown = state == 0 ? 0.7 : state == 1 ? 1.0 + flash * fresh : 1.25;
  gl_PointSize = max(1.0, size * grown);
  // Nearer is drawn over: late, blind zone, in time, waiting. Beyond the far plane nothing is drawn.
  float depth = state == 0 ? 0.8 : state == 1 ? 0.4 : state == 2 ? -0.4 : 0.0;
  gl_Position = vec4(home * place.xy + place.zw, level >= 128.0 ? 2.0 : depth, 1.0);
}`;

/** Squares of one colour: all that dots of some three pixels can show. */
export const PLAIN_FRAGMENT = `#version 300 es
precision lowp float;
flat in vec3 colour;
out vec4 painted;
void main() {
  painted = vec4(colour, 1.0);
}`;

/** Round dots; squares for late; rings set on their corner for the blind zone. */
export const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec3 colour;
flat in int state;
out vec4 painted;
void main() {
  vec2 at = abs(2.0 * gl_PointCoord - 1.0);
  if (state == 3) {
    float along = at.x + at.y;
    if (along > 1.0 || along < 0.45) discard;
  } else if (state != 2 && dot(at, at) > 1.0) {
    discard;
  }
  painted = vec4(colour, 1.0);
}`;
