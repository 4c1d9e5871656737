package io.sockway.deploy.yaml;

/** YAML that cannot be read or edited; the message is one line that names the place. */
public final class YamlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Takes the line. */
    public YamlException(String message) {
        super(message);
    }
}
