package io.sockway.bench.lab;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Owns resources and closes them in the reverse order of their making.
 *
 * <p>A scope's children close with it, and once it is closed nothing can be made in it any more. Making and closing exclude each
 * other over the whole tree of scopes, so that a shutdown hook may close the root while another thread is still building.
 */
public final class Scope implements Resource {
    private final ReentrantLock lock;
    private final Deque<Resource> owned = new ArrayDeque<>();
    private boolean closed;

    Scope() {
        this(new ReentrantLock());
    }

    private Scope(ReentrantLock lock) {
        this.lock = lock;
    }

    /** Runs {@code maker} and owns what it returns. */
    public <T extends Resource> T own(Supplier<T> maker) {
        lock.lock();
        try {
            if (closed) {
                throw new LabClosedException();
            }
            T resource = maker.get();
            owned.push(resource);
            return resource;
        } finally {
            lock.unlock();
        }
    }

    /** A scope that closes with this one, or earlier. */
    public Scope child() {
        return own(() -> new Scope(lock));
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Closes everything, also when some of it fails to close; then throws the first failure. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            RuntimeException failure = null;
            while (!owned.isEmpty()) {
                try {
                    owned.pop().close();
                } catch (RuntimeException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        } finally {
            lock.unlock();
        }
    }
}
