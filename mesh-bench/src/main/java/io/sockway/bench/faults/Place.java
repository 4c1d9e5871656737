package io.sockway.bench.faults;

/** Where a command runs. */
enum Place {
    /** In the machine's own network namespace. */
    NODE,
    /** In the namespace that sends. */
    CLIENT,
    /** In the namespace that receives. */
    SERVER
}
