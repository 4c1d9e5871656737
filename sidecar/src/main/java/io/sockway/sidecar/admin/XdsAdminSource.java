package io.sockway.sidecar.admin;

import com.google.gson.JsonObject;

/** What the admin server of a management server shows; called as {@link AdminSource} is. Implementations are thread-safe. */
public interface XdsAdminSource {

    /** The answer to {@code /status}; the server does not change it. */
    JsonObject status();

    /** The answer to {@code /metrics}, in Prometheus' text format. */
    String metrics();
}
