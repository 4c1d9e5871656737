package io.sockway.bench.lab;

/** The lab cannot run on this machine as it is; the message names what is missing and the remedy. */
public final class UnmetRequirementException extends LabException {
    private static final long serialVersionUID = 1L;

    public UnmetRequirementException(String missing, String remedy) {
        super(missing + ": " + remedy);
    }
}
