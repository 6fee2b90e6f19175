/**
 * What a browser runs to prove that it works: `solve(seed, bits, done)` looks for a number whose SHA-256 with the seed before
 * it begins with so many zero bits. Written out, as browsers offer their own hash on secure pages only.
 */
export const solverScript = `
function solve(seed, bits, done) {
  var K = [], H = [], n = 2;
  function fraction(x) { return ((x - Math.floor(x)) * 4294967296) | 0; }
  for (; K.length < 64; n++) {
    for (var f = 2, prime = true; f * f <= n; f++) if (n % f === 0) { prime = false; break; }
    if (!prime) continue;
    if (H.length < 8) H.push(fraction(Math.sqrt(n)));
    K.push(fraction(Math.cbrt(n)));
  }
  var w = new Int32Array(64);
  function rotated(x, by) { return (x >>> by) | (x << (32 - by)); }
  function compressed(h, text) {
    for (var i = 0; i < 16; i++) w[i] = (text[4 * i] << 24) | (text[4 * i + 1] << 16) | (text[4 * i + 2] << 8) | text[4 * i + 3];
    for (i = 16; i < 64; i++) {
      var x = w[i - 15], y = w[i - 2];
      w[i] = (w[i - 16] + w[i - 7] + (rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)) + (rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10))) | 0;
    }
    var s = h.slice();
    for (i = 0; i < 64; i++) {
      var e = s[4], a = s[0];
      var one = (s[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i]) | 0;
      var two = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]))) | 0;
      s = [(one + two) | 0, a, s[1], s[2], (s[3] + one) | 0, e, s[5], s[6]];
    }
    return s.map(function (part, index) { return (part + h[index]) | 0; });
  }
  function bytes(text) { return text.split('').map(function (c) { return c.charCodeAt(0); }); }
  var half = compressed(H, bytes(seed));
  function meets(number) {
    var tail = bytes(':' + number), length = (64 + tail.length) * 8;
    tail.push(128);
    while (tail.length < 62) tail.push(0);
    tail.push((length >> 8) & 255, length & 255);
    return compressed(half, tail)[0] >>> (32 - bits) === 0;
  }
  var number = 0;
  (function some() {
    for (var end = number + 4000; number < end; number++) if (meets(number)) return done(number);
    setTimeout(some, 0);
  })();
}`
