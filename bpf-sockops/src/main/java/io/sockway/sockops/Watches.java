package io.sockway.sockops;

import io.sockway.bpf.BpfLink;
import io.sockway.bpf.BpfObject;
import io.sockway.bpf.BpfProgram;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** The watches of watch.h, attached. Closing gives back the handles; watches that were pinned stay. */
final class Watches implements AutoCloseable {
    /** In which of three ways calls are watched. */
    enum Way {
        /** Trampolines at the kernel's functions; all of them or none. */
        FUNCTIONS(Layouts.FEATURE_TRAMPOLINES,
                (program, place) -> Optional.of(program.linkFunction()),
                new Hook("sockway_f_splice", "tcp_splice_read", Layouts.FEATURE_SPLICE_WATCH),
                new Hook("sockway_f_accept", "inet_csk_accept", Layouts.FEATURE_ACCEPT_WATCH),
                new Hook("sockway_f_setsockopt", "security_socket_setsockopt", Layouts.FEATURE_OPTION_WATCH),
                new Hook("sockway_f_fcntl", "security_file_fcntl", Layouts.FEATURE_OPTION_WATCH),
                new Hook("sockway_f_ioctl", "security_file_ioctl", Layouts.FEATURE_OPTION_WATCH)),
        /** A tracepoint at TCP's reads, which is enough to notice splice and who owns a socket. */
        READS(Layouts.FEATURE_READ_WATCH | Layouts.FEATURE_ACCEPT_WATCH,
                (program, place) -> Optional.of(program.linkFunction()),
                new Hook("sockway_read", PinDirectory.READ_WATCH, Layouts.FEATURE_SPLICE_WATCH)),
        /** Tracepoints of system calls, as many as the kernel offers. */
        SYSTEM_CALLS(0,
                (program, place) -> program.linkTracepoint("syscalls/" + place),
                new Hook("sockway_splice", "sys_enter_splice", Layouts.FEATURE_SPLICE_WATCH),
                new Hook("sockway_accept", "sys_exit_accept", Layouts.FEATURE_ACCEPT_WATCH),
                new Hook("sockway_accept4", "sys_exit_accept4", Layouts.FEATURE_ACCEPT_WATCH),
                new Hook("sockway_setsockopt", "sys_enter_setsockopt", Layouts.FEATURE_OPTION_WATCH),
                new Hook("sockway_fcntl", "sys_enter_fcntl", Layouts.FEATURE_OPTION_WATCH),
                new Hook("sockway_ioctl", "sys_enter_ioctl", Layouts.FEATURE_OPTION_WATCH));

        private final int always;
        private final BiFunction<BpfProgram, String, Optional<BpfLink>> linker;
        private final List<Hook> hooks;

        Way(int always, BiFunction<BpfProgram, String, Optional<BpfLink>> linker, Hook... hooks) {
            this.always = always;
            this.linker = linker;
            this.hooks = List.of(hooks);
        }

        /** Has only the programs of this way loaded with the object. */
        void choose(BpfObject object) {
            Stream.of(values()).filter(other -> other != this).flatMap(other -> other.hooks.stream())
                    .forEach(hook -> object.leaveOut(hook.program));
        }

        /**
         * Attaches the programs of the loaded object.
         *
         * @throws io.sockway.bpf.BpfException when a function, or the tracepoint of reads, takes no program
         */
        Watches attach(BpfObject object) {
            Watches watches = new Watches();
            try {
                int missing = 0;
                for (Hook hook : hooks) {
                    missing |= watches.add(object, hook, linker) ? 0 : hook.feature;
                }
                watches.features = always | hooks.stream().mapToInt(Hook::feature).reduce(0, (a, b) -> a | b) & ~missing;
                return watches;
            } catch (RuntimeException | Error e) {
                watches.close();
                throw e;
            }
        }
    }

    private record Hook(String program, String place, int feature) {
    }

    private final Map<String, BpfLink> links = new LinkedHashMap<>();
    private int features;

    private Watches() {
    }

    private boolean add(BpfObject object, Hook hook, BiFunction<BpfProgram, String, Optional<BpfLink>> linker) {
        try (BpfProgram program = object.program(hook.program)) {
            Optional<BpfLink> link = linker.apply(program, hook.place);
            link.ifPresent(opened -> links.put(hook.place, opened));
            return link.isPresent();
        }
    }

    /** Of enum feature in layout.h, or-ed: what is watched, each only where nothing of it is missing. */
    int features() {
        return features;
    }

    void pin(PinDirectory pins) {
        links.forEach((place, link) -> link.pin(pins.watch(place)));
    }

    @Override
    public void close() {
        links.values().forEach(BpfLink::close);
    }
}
