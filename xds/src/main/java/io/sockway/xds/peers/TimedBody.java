package io.sockway.xds.peers;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An answer's body that has to end in time: the network may lose a connection without a word, and a read would then wait for ever. */
final class TimedBody extends FilterInputStream {
    private final Duration most;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /**
     * @param body which this closes
     * @param most after which reads end with {@link HttpTimeoutException}, also one that waits
     */
    TimedBody(InputStream body, Duration most) {
        super(body);
        this.most = most;
        ended.orTimeout(most.toMillis(), TimeUnit.MILLISECONDS).whenComplete((_, late) -> {
            if (late != null) {
                closeQuietly();
            }
        });
    }

    @Override
    public int read() throws IOException {
        try {
            return inTime(in.read());
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return inTime(in.read(bytes, offset, length));
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() throws IOException {
        ended.complete(null);
        super.close();
    }

    private int inTime(int read) throws HttpTimeoutException {
        if (read < 0 && ended.isCompletedExceptionally()) {
            throw late();
        }
        return read;
    }

    private IOException failure(IOException cause) {
        return ended.isCompletedExceptionally() ? late() : cause;
    }

    private HttpTimeoutException late() {
        return new HttpTimeoutException("the answer did not end within " + most.toSeconds() + " s");
    }

    private void closeQuietly() {
        try {
            super.close();
        } catch (IOException e) {
            // it was to end
        }
    }
}
