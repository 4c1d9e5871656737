package io.sockway.bpf;

import static io.sockway.bpf.NativeCall.Returns.INT;
import static io.sockway.bpf.NativeCall.Returns.LONG;

/** The functions of libbpf that are called; what they take is in the generated bindings. Results of INT are minus errno where negative. */
final class LibBpfCalls {
    static final NativeCall ITER_CREATE = NativeCall.libbpf("bpf_iter_create", INT);
    static final NativeCall LINK_CREATE = NativeCall.libbpf("bpf_link_create", INT);
    static final NativeCall LINK_DETACH = NativeCall.libbpf("bpf_link_detach", INT);
    static final NativeCall MAP_DELETE = NativeCall.libbpf("bpf_map_delete_elem", INT);
    static final NativeCall MAP_BY_ID = NativeCall.libbpf("bpf_map_get_fd_by_id", INT);
    static final NativeCall MAP_NEXT_KEY = NativeCall.libbpf("bpf_map_get_next_key", INT);
    static final NativeCall MAP_LOOKUP_BATCH = NativeCall.libbpf("bpf_map_lookup_batch", INT);
    static final NativeCall MAP_LOOKUP = NativeCall.libbpf("bpf_map_lookup_elem", INT);
    static final NativeCall MAP_UPDATE = NativeCall.libbpf("bpf_map_update_elem", INT);
    static final NativeCall GET = NativeCall.libbpf("bpf_obj_get", INT);
    static final NativeCall GET_OPTS = NativeCall.libbpf("bpf_obj_get_opts", INT);
    static final NativeCall INFO = NativeCall.libbpf("bpf_obj_get_info_by_fd", INT);
    static final NativeCall PIN = NativeCall.libbpf("bpf_obj_pin", INT);
    static final NativeCall PROGRAM_ATTACH = NativeCall.libbpf("bpf_prog_attach", INT);
    static final NativeCall PROGRAM_BY_ID = NativeCall.libbpf("bpf_prog_get_fd_by_id", INT);
    static final NativeCall PROGRAM_NEXT_ID = NativeCall.libbpf("bpf_prog_get_next_id", INT);
    static final NativeCall PROGRAM_QUERY = NativeCall.libbpf("bpf_prog_query", INT);
    static final NativeCall RAW_TRACEPOINT_OPEN = NativeCall.libbpf("bpf_raw_tracepoint_open", INT);
    static final NativeCall POSSIBLE_CPUS = NativeCall.libbpf("libbpf_num_possible_cpus", INT);
    static final NativeCall SET_PRINT = NativeCall.libbpf("libbpf_set_print", LONG);
    static final NativeCall OBJECT_OPEN = NativeCall.libbpf("bpf_object__open_mem", LONG);
    static final NativeCall OBJECT_LOAD = NativeCall.libbpf("bpf_object__load", INT);
    static final NativeCall OBJECT_CLOSE = NativeCall.libbpf("bpf_object__close", LONG);
    static final NativeCall OBJECT_MAP = NativeCall.libbpf("bpf_object__find_map_by_name", LONG);
    static final NativeCall OBJECT_PROGRAM = NativeCall.libbpf("bpf_object__find_program_by_name", LONG);
    static final NativeCall MAP_SIZE = NativeCall.libbpf("bpf_map__set_max_entries", INT);
    static final NativeCall MAP_AUTOCREATE = NativeCall.libbpf("bpf_map__set_autocreate", INT);
    static final NativeCall MAP_REUSE = NativeCall.libbpf("bpf_map__reuse_fd", INT);
    static final NativeCall MAP_INITIAL_VALUE = NativeCall.libbpf("bpf_map__set_initial_value", INT);
    static final NativeCall MAP_FD = NativeCall.libbpf("bpf_map__fd", INT);
    static final NativeCall PROGRAM_FD = NativeCall.libbpf("bpf_program__fd", INT);
    static final NativeCall PROGRAM_AUTOLOAD = NativeCall.libbpf("bpf_program__set_autoload", INT);

    private LibBpfCalls() {
    }
}
