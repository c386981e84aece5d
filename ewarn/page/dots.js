/** Every user a point on a WebGL2 canvas. A picture stays, and the next one adds to it the users whose state has changed. */

import {Changes} from "./dots-changes.js";
import {FRAGMENT, PLAIN_FRAGMENT, VERTEX} from "./dots-shader.js";
import {MOST_NUMBER, PAGE} from "./show.js";
import {NOTHING_DUE} from "./tally.js";

const HOME_BYTES = 12; // x u16, y u16, s f32, due u8, three spare
const SHAPED_FROM = 4; // device pixels: smaller dots cannot show a shape, so their fragments are not cut
const FAR_S = 1e9; // stands for never: not every driver takes infinity as a uniform
const MANY = 0.5; // share of pages with new receipts from which one whole upload is cheaper than pieces
const MOST_CHANGED = 0.4; // share of users from which on all are drawn, which needs no index

/**
 * Draws users of one play. What went wrong lies over what went well by depth, so no order of vertices matters; and as time
 * goes on a user's state comes nearer and its mark grows, so that the new one hides the old.
 */
export class Dots {
  #gl;
  #programs;
  #at; // uniforms of the program in use
  #homes; // buffers
  #receipts;
  #changes = null;
  #users = null;
  #run = null;
  #view = null;
  #drawn = nothingDrawn();

  /** On `canvas`; throws if there is no WebGL2. `onRestored` is called once a lost context is back and must be drawn. */
  constructor(canvas, onRestored = () => {}) {
    this.canvas = canvas;
    this.#gl = canvas.getContext("webgl2", { antialias: false, depth: true, stencil: false, preserveDrawingBuffer: true, powerPreference: "high-performance" });
    if (!this.#gl) throw new Error("no WebGL2");
    this.uploaded_bytes = 0;
    this.drawn_users = 0;
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.#build();
      onRestored();
    });
    this.#build();
  }

  /** Which users and which play; null draws nobody. */
  show(users, run) {
    if (users === this.#users && run === this.#run) return;
    this.#users = users;
    this.#run = run ?? null;
    this.#changes = null;
    this.#drawn = nothingDrawn();
  }

  /** Everything about the picture but the clock: {projection, box, colours ([r, g, b] of 0..1 for each of STATES), size, flash, ratio}. */
  view(view) {
    this.#drawn.view = null;
    this.#view = view;
  }

  /** The picture at `t`, seconds after origin. */
  draw(t) {
    const gl = this.#gl;
    if (gl.isContextLost() || !this.#view) return;
    const changed = this.#stands(t) ? this.#changed(t) : null;
    if (!this.#drawn.view) this.#setView();
    if (this.#users?.count) this.#upload();
    if (changed) this.#add(changed, t);
    else this.#drawAll(t);
    this.#drawn.t = t;
  }

  /** Waits until the picture is truly drawn: reads one pixel back. For measurements. */
  finish() {
    const gl = this.#gl;
    gl.finish();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  /** Gives the context back. */
  remove() {
    this.#view = null;
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Who draws, as the driver says. */
  get renderer() {
    const gl = this.#gl;
    const told = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  }

  /** Whether the last picture can be gone on with: nothing but time and receipts changed, and nothing shrinks or goes back. */
  #stands(t) {
    const { view, users, due, instants, t: since } = this.#drawn;
    const run = this.#run;
    if (!view || !run || this.#view.flash || !(t >= since)) return false;
    if (users !== this.#users.version || due !== run.due_version || instants !== run.instants_version) return false;
    return t < run.closed_s || since >= run.closed_s;
  }

  /** Users to be drawn over the last picture; null for all. */
  #changed(t) {
    const { told, version, closed_s } = this.#run;
    const changed = this.#changes.between(this.#drawn.t, t, told, version !== this.#drawn.receipts, closed_s);
    return changed && changed.length <= MOST_CHANGED * this.#users.count ? changed : null;
  }

  #drawAll(t) {
    const gl = this.#gl;
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    this.drawn_users = this.#users?.count ?? 0;
    if (!this.drawn_users) return;
    gl.uniform1f(this.#at.clock, t);
    gl.drawArrays(gl.POINTS, 0, this.drawn_users);
    if (!this.#run || this.#view.flash) return;
    this.#changes ??= new Changes(this.#users);
    this.#changes.drawn(this.#run.told);
  }

  #add(users, t) {
    const gl = this.#gl;
    this.drawn_users = users.length;
    if (!users.length) return;
    gl.uniform1f(this.#at.clock, t);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, users, gl.STREAM_DRAW);
    gl.drawElements(gl.POINTS, users.length, gl.UNSIGNED_INT, 0);
  }

  #build() {
    const gl = this.#gl;
    this.#programs = { plain: program(gl, PLAIN_FRAGMENT), shaped: program(gl, FRAGMENT) };
    this.#homes = gl.createBuffer();
    this.#receipts = gl.createBuffer();
    gl.bindVertexArray(gl.createVertexArray());
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#homes);
    attribute(gl, 0, 2, gl.UNSIGNED_SHORT, true, HOME_BYTES, 0);
    attribute(gl, 1, 1, gl.FLOAT, false, HOME_BYTES, 4);
    attribute(gl, 2, 1, gl.UNSIGNED_BYTE, false, HOME_BYTES, 8);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#receipts);
    attribute(gl, 3, 1, gl.FLOAT, false, 4, 0);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.disable(gl.DITHER);
    gl.clearColor(0, 0, 0, 0);
    this.#drawn = nothingDrawn();
  }

  #setView() {
    const gl = this.#gl;
    const { projection, box, colours, size, flash, ratio } = this.#view;
    const { width, height } = projection;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    const pixels = Math.max(1, Math.round(size * ratio));
    const { use, at } = pixels < SHAPED_FROM ? this.#programs.plain : this.#programs.shaped;
    gl.useProgram(use);
    this.#at = at;
    const [west, south, east, north] = box;
    const [left, right] = [projection.x(west) / width, projection.x(east) / width];
    const [bottom, top] = [1 - projection.y(south) / height, 1 - projection.y(north) / height];
    gl.uniform4f(at.place, 2 * (right - left), 2 * (top - bottom), 2 * left - 1, 2 * bottom - 1);
    gl.uniform3fv(at.colours, colours.flat());
    gl.uniform1f(at.size, pixels);
    gl.uniform1f(at.flash, flash);
    this.#drawn.view = this.#view;
    this.#drawn.instants = -1;
  }

  #upload() {
    const gl = this.#gl;
    const drawn = this.#drawn;
    if (drawn.instants !== (this.#run?.instants_version ?? 0)) this.#tellInstants();
    if (drawn.users !== this.#users.version || drawn.due !== (this.#run?.due_version ?? 0)) this.#uploadHomes();
    const version = this.#run?.version ?? 0;
    if (drawn.receipts < version) this.#uploadPages(drawn.receipts);
    drawn.receipts = version;
  }

  /** When reports went out, and when the play was over. */
  #tellInstants() {
    const gl = this.#gl;
    const finite = (seconds) => Math.min(seconds ?? Infinity, FAR_S);
    gl.uniform1f(this.#at.release, finite(this.#run?.first_release_s));
    gl.uniform1f(this.#at.closed, finite(this.#run?.closed_s));
    gl.uniform1fv(this.#at.released, this.#run?.released.map(finite) ?? new Float32Array(MOST_NUMBER + 1).fill(FAR_S));
    this.#drawn.instants = this.#run?.instants_version ?? 0;
  }

  #uploadHomes() {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#homes);
    gl.bufferData(gl.ARRAY_BUFFER, interleaved(this.#users, this.#run), gl.STATIC_DRAW);
    const told = this.#run?.told ?? new Float32Array(this.#users.count).fill(Infinity);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#receipts);
    gl.bufferData(gl.ARRAY_BUFFER, told, gl.DYNAMIC_DRAW);
    this.uploaded_bytes += HOME_BYTES * this.#users.count + told.byteLength;
    this.#changes = null;
    this.#drawn.users = this.#users.version;
    this.#drawn.due = this.#run?.due_version ?? 0;
    this.#drawn.receipts = this.#run?.version ?? 0;
  }

  #uploadPages(since) {
    const gl = this.#gl;
    const { told, stamps } = this.#run;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#receipts);
    const changed = stamps.reduce((sum, stamp) => sum + (stamp > since), 0);
    if (changed > MANY * stamps.length) return this.#uploadReceipts(0, told.length);
    for (let page = 0; page < stamps.length; page += 1) {
      const from = page;
      while (page < stamps.length && stamps[page] > since) page += 1;
      if (page === from) continue;
      this.#uploadReceipts(from * PAGE, Math.min(told.length, page * PAGE));
    }
  }

  #uploadReceipts(from, to) {
    const gl = this.#gl;
    gl.bufferSubData(gl.ARRAY_BUFFER, 4 * from, this.#run.told, from, to - from);
    this.uploaded_bytes += 4 * (to - from);
  }
}

/** What the GL context knows, to tell what it has to be told. */
function nothingDrawn() {
  return { users: -1, receipts: 0, due: -1, instants: -1, view: null, t: Infinity };
}

/** One record of 12 bytes a user, which GPUs fetch in one go. */
function interleaved({ count, x, y, s, level }, run) {
  const words = new Uint16Array(6 * count);
  const seconds = new Float32Array(words.buffer);
  for (let i = 0; i < count; i += 1) {
    words[6 * i] = x[i];
    words[6 * i + 1] = y[i];
    seconds[3 * i + 1] = s[i];
    words[6 * i + 4] = run ? run.due[i] : Number(level[i] < NOTHING_DUE); // little-endian: the low byte comes first
  }
  return words;
}

function attribute(gl, place, size, type, normalised, stride, offset) {
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, size, type, normalised, stride, offset);
}

function program(gl, fragment) {
  const use = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(use, shader);
  }
  gl.linkProgram(use);
  if (!gl.getProgramParameter(use, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(`dots: ${gl.getProgramInfoLog(use)}`);
  const at = {};
  for (const name of ["clock", "release", "closed", "released", "place", "colours", "size", "flash"]) at[name] = gl.getUniformLocation(use, name);
  return { use, at };
}
