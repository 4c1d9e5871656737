package io.sockway.deploy.annotation;

import java.util.List;

/** Annotations that are not what {@link PodAnnotation} allows; the message is one line. */
public final class InvalidAnnotationsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidAnnotationsException(List<String> problems) {
        super(String.join("; ", problems));
    }
}
