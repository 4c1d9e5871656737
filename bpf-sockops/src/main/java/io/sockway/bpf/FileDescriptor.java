package io.sockway.bpf;

import java.util.concurrent.atomic.AtomicBoolean;

/** Owns one file descriptor and closes it once. */
final class FileDescriptor implements AutoCloseable {
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    FileDescriptor(int fd) {
        this.fd = fd;
    }

    int value() {
        if (closed.get()) {
            throw new IllegalStateException("descriptor " + fd + " is closed");
        }
        return fd;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Libc.close(fd);
        }
    }
}
