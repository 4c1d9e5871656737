package io.sockway.sockops;

/**
 * That a process was seen to do what a member does not do as TCP does it. After a splice, a switch to blocking mode and a wait for
 * urgent data its sockets stay on TCP from then on; only what it did before it was known can have hurt it.
 *
 * @param process its id, as the kernel's first pid namespace has it
 * @param name of its first thread, as in /proc/PID/comm
 * @param reason what it did: splice, a switch to blocking mode, an option, a close with bytes unread, the use of an io_uring
 * @param times on so many sockets
 * @param late on so many of these while redirected bytes were waiting: there something else was seen than TCP shows
 */
public record Habit(int process, String name, Reason reason, long times, long late) {
}
