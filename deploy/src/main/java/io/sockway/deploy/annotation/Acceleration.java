package io.sockway.deploy.annotation;

/** What a pod wants done with its local connections. */
public enum Acceleration {
    /** Redirect them. */
    ON,
    /** Attached, and all bytes take TCP: can be switched on without a restart. */
    OFF,
    /** Count what would be redirected, and redirect nothing. */
    OBSERVE
}
