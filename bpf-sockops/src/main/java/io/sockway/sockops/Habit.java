package io.sockway.sockops;

/**
 * That a process was seen to do what redirected bytes are not seen by. Its sockets stay on TCP from then on; only what it did
 * before it was known can have hurt it.
 *
 * @param process its id, as the kernel's first pid namespace has it
 * @param name of its first thread, as in /proc/PID/comm
 * @param reason what it did: splice, a switch to blocking mode, or an option
 * @param times on so many sockets
 * @param late on so many of these while redirected bytes were waiting: there it has seen something else than TCP shows
 */
public record Habit(int process, String name, Reason reason, long times, long late) {
}
