/**
 * A message of a gateway as it came, read. Pure.
 *
 * Of a report, what stands before `,"places"` is the centre's and signed; it is read by itself, since a key may stand
 * once more behind it, and JSON takes the last. Of the rest, only the user's places and the tier are taken. What is no
 * whole message is nothing: it may come from anyone.
 */

const USERS_OWN = ',"places"';
const PLAY = /"play":(\d{1,19})(?=[,}])/g; // within a JSON string its quotation marks would have a backslash
const STATUSES = new Map([["report", ["update", "final", "cancel"]], ["quick", ["reviewed"]]]);
const MOST_AHEAD_S = 86400; // as wide as the wire has it, in either direction
const QUAKE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * {message, signed, words, signature}: whether it is to be `signed`, `words` and `signature` null where there are none; null for
 * what is no message.
 */
export function frameOf(text) {
  try {
    const whole = parsed(text);
    const signed = STATUSES.has(whole?.type);
    const end = signed ? text.indexOf(USERS_OWN) : -1;
    if (end < 0) return whole && {message: whole, signed, words: null, signature: null};
    const {places, tier, signature = null} = whole;
    const words = text.slice(0, end);
    return {message: {...parsed(`${words}}`), places, tier}, signed, words, signature};
  } catch {
    return null; // no gateway sends such; one broken message must not cost the next
  }
}

/** Whether a message is a whole report, or a snapshot of such; what it says of places is looked at elsewhere. */
export function isWhole(message) {
  if (message?.drill !== true) return false; // nothing here may be taken for a real warning
  if (message.type === "snapshot") return isInstant(message.at) && [message.quakes, message.places].every(Array.isArray);
  return isReport(message);
}

/** Whether it says all that a report says of itself. */
export function isReport(message) {
  const {type, quake, number, status, play, origin, released, expires, ahead_s = 0} = message ?? {};
  return Boolean(
    STATUSES.get(type)?.includes(status) && isQuake(quake) && Number.isInteger(number) && number > 0 && playOf(play) && isOrigin(origin) &&
    isInstant(released) && isInstant(expires) && Number.isFinite(ahead_s) && Math.abs(ahead_s) <= MOST_AHEAD_S,
  );
}

/** Whether that may be the id of a quake. */
export function isQuake(id) {
  return typeof id === "string" && QUAKE_ID.test(id);
}

/** A play as a BigInt, from its digits, or from a number small enough to be exact; 0n for anything else. */
export function playOf(play) {
  const exact = typeof play === "string" ? /^\d{1,19}$/.test(play) : Number.isSafeInteger(play);
  return exact ? BigInt(play) : 0n;
}

/** Of a play the digits are kept: it is above 2^53, where JavaScript's numbers skip most. */
function parsed(text) {
  return JSON.parse(text.replace(PLAY, '"play":"$1"'));
}

function isOrigin(origin) {
  const {time, latitude, longitude, depth_km, magnitude} = origin ?? {};
  return isInstant(time) && [latitude, longitude, depth_km, magnitude].every(Number.isFinite) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

function isInstant(text) {
  return typeof text === "string" && Number.isFinite(Date.parse(text));
}
