package io.sockway.xds.ecds;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.nio.file.Path;

/**
 * A filter in a shared library that Envoy loads, with its configuration. The same library can hold an HTTP and a network filter.
 *
 * <p>It is sent as a TypedStruct, since a library named by its path, and network filters at all, are younger than the protos here.
 * Envoy unpacks and checks it.
 *
 * @param library absolute path at Envoy. Envoy never reads a file again that it has loaded, so every build needs a name of its own
 * @param filter name that the library gets, to know which of its filters is meant
 * @param configuration what the library gets, as the JSON mapping of an Any
 */
public record DynamicModuleFilter(Path library, String filter, Struct configuration) {
    static final String HTTP = "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter";
    static final String NETWORK = "type.googleapis.com/envoy.extensions.filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter";

    private static final String TYPE = "@type";

    /** The library gets exactly the bytes of {@code text}. */
    public static DynamicModuleFilter withText(Path library, String filter, String text) {
        return new DynamicModuleFilter(library, filter, any("google.protobuf.StringValue", string(text)));
    }

    /** The library gets {@code json} as JSON, with its keys in any order. */
    public static DynamicModuleFilter withJson(Path library, String filter, Struct json) {
        return new DynamicModuleFilter(library, filter, any("google.protobuf.Struct", Value.newBuilder().setStructValue(json).build()));
    }

    /** A resource for a {@link FilterDiscovery} of an HTTP filter of that name. */
    public TypedExtensionConfig http(String resource) {
        return resource(resource, HTTP);
    }

    /** A resource for a {@link FilterDiscovery} of a network filter of that name. */
    public TypedExtensionConfig network(String resource) {
        return resource(resource, NETWORK);
    }

    private TypedExtensionConfig resource(String resource, String typeUrl) {
        Struct local = Struct.newBuilder().putFields("filename", string(library.toString())).build();
        Struct module = Struct.newBuilder().putFields("local", struct(local)).build();
        // A module may keep threads or statics: unloading it under a running Envoy gains nothing and can crash it.
        Struct loading = Struct.newBuilder().putFields("module", struct(module))
                .putFields("do_not_close", Value.newBuilder().setBoolValue(true).build()).build();
        Struct config = Struct.newBuilder().putFields("dynamic_module_config", struct(loading))
                .putFields("filter_name", string(filter)).putFields("filter_config", struct(configuration)).build();
        return TypedExtensionConfig.newBuilder().setName(resource)
                .setTypedConfig(Any.pack(TypedStruct.newBuilder().setTypeUrl(typeUrl).setValue(config).build())).build();
    }

    private static Struct any(String message, Value value) {
        return Struct.newBuilder().putFields(TYPE, string("type.googleapis.com/" + message)).putFields("value", value).build();
    }

    private static Value string(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Value struct(Struct struct) {
        return Value.newBuilder().setStructValue(struct).build();
    }
}
