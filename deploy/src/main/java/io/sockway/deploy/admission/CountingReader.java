package io.sockway.deploy.admission;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.Reader;

/** Refuses to read more values than there is memory for: a body that is mere brackets takes a hundred times its size as a tree. */
final class CountingReader extends JsonReader {
    /** More than an object has that etcd takes. As a tree they take about 30 MiB. */
    static final int MAX_VALUES = 250_000;

    private int values;

    CountingReader(Reader text) {
        super(text);
    }

    private void count() {
        if (++values > MAX_VALUES) {
            throw new MalformedReviewException("the review has more than " + MAX_VALUES + " values, and no pod has so many");
        }
    }

    @Override
    public void beginArray() throws IOException {
        count();
        super.beginArray();
    }

    @Override
    public void beginObject() throws IOException {
        count();
        super.beginObject();
    }

    @Override
    public String nextString() throws IOException {
        count();
        return super.nextString();
    }

    @Override
    public boolean nextBoolean() throws IOException {
        count();
        return super.nextBoolean();
    }

    @Override
    public void nextNull() throws IOException {
        count();
        super.nextNull();
    }
}
