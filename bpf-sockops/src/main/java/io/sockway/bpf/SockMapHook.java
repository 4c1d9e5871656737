package io.sockway.bpf;

import io.sockway.libbpf.LibBpf;

/** Where a program of a sockmap runs. */
public enum SockMapHook {
    /** For each message that a member sends. */
    MESSAGE,
    /** For each packet that a member receives. */
    PACKET;

    int attachType() {
        return this == MESSAGE ? LibBpf.BPF_SK_MSG_VERDICT() : LibBpf.BPF_SK_SKB_VERDICT();
    }
}
