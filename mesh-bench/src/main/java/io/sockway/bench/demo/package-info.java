/** {@code sockway demo}: what Sockway gains on this machine, and the proof that it was at work. */
package io.sockway.bench.demo;
