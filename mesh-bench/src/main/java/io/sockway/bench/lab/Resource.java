package io.sockway.bench.lab;

/** Something that exists outside the JVM until it is closed; closing twice does nothing. */
public interface Resource extends AutoCloseable {
    @Override
    void close();
}
