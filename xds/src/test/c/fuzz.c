/* libFuzzer on the reader of configurations: whatever the bytes are, it says yes or no, and what it accepted can be looked up and freed. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char reason[256];
    /* A copy of just this size, so that reading past its end is noticed. */
    char *copy = malloc(size ? size : 1);
    if (!copy) {
        return 0;
    }
    memcpy(copy, data, size);
    struct config *config = config_new((struct abi_text){copy, size}, 0, reason, sizeof reason);
    free(copy);
    if (config) {
        config_peer(config, (struct abi_text){"10.0.0.1", 8});
        config_service(config, (struct abi_text){"c", 1});
        config_free(config);
    } else if (!memchr(reason, 0, sizeof reason) || !reason[0]) {
        abort();
    }
    return 0;
}
