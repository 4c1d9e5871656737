/*
 * A report as Istio 1.4's client made it (istio/proxy 1.4.10), with the same containers, copies and order:
 *
 *     entry      protobuf's Attributes on an arena, text by text, headers by way of a std::map
 *     report     at an entry's end: CompressedAttributes, and a dictionary of the message's words
 *     finish     the words, a copy of the whole, serialized
 */
#include "report_protobuf.h"

#include "mixer.pb.h"

#include <google/protobuf/arena.h>

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using sockway::bench::mixer::Attributes;
using sockway::bench::mixer::CompressedAttributes;
using sockway::bench::mixer::ReportRequest;

using Headers = std::map<std::string, std::string>;

constexpr int64_t NANOS = 1000000000;

const char *const global_words[] = {
#include "words.h"
};
constexpr uint32_t GLOBAL_WORDS = sizeof global_words / sizeof *global_words;

static_assert(GLOBAL_WORDS == 222, "Istio 1.4's list");

const std::set<std::string> tracing_headers = {"x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled"};

std::unordered_map<std::string, int> global_numbers;

/* By value: a copy for each word that is looked up is what the original paid. */
bool find_global(const std::string word, int *number) {
    const auto found = global_numbers.find(word);
    if (found == global_numbers.end()) {
        return false;
    }
    *number = found->second;
    return true;
}

std::string string_of(struct text text) {
    return std::string(text.data, text.length);
}

/* The words of one message. */
class Dictionary {
  public:
    /* The word's number in the message, which it may be new to. */
    int number(const std::string &word) {
        int number;
        if (find_global(word, &number)) {
            return number;
        }
        const auto known = numbers_.find(word);
        if (known != numbers_.end()) {
            return -(known->second + 1);
        }
        number = static_cast<int>(words_.size());
        words_.push_back(word);
        numbers_[word] = number;
        return -(number + 1);
    }

    const std::vector<std::string> &words() const {
        return words_;
    }

    void clear() {
        words_.clear();
        numbers_.clear();
    }

  private:
    std::vector<std::string> words_;
    std::unordered_map<std::string, int> numbers_;
};

sockway::bench::mixer::StringMap compress(const Attributes::StringMap &map, Dictionary *words) {
    sockway::bench::mixer::StringMap compressed;
    for (const auto &pair : map.entries()) {
        const int name = words->number(pair.first);
        (*compressed.mutable_entries())[name] = words->number(pair.second);
    }
    return compressed;
}

void compress(const Attributes &attributes, Dictionary *words, CompressedAttributes *to) {
    for (const auto &attribute : attributes.attributes()) {
        const Attributes::AttributeValue &value = attribute.second;
        const int name = words->number(attribute.first);
        switch (value.value_case()) {
        case Attributes::AttributeValue::kStringValue:
            (*to->mutable_strings())[name] = words->number(value.string_value());
            break;
        case Attributes::AttributeValue::kInt64Value:
            (*to->mutable_int64s())[name] = value.int64_value();
            break;
        case Attributes::AttributeValue::kDoubleValue:
            (*to->mutable_doubles())[name] = value.double_value();
            break;
        case Attributes::AttributeValue::kBoolValue:
            (*to->mutable_bools())[name] = value.bool_value();
            break;
        case Attributes::AttributeValue::kBytesValue:
            (*to->mutable_bytes())[name] = value.bytes_value();
            break;
        case Attributes::AttributeValue::kTimestampValue:
            (*to->mutable_timestamps())[name] = value.timestamp_value();
            break;
        case Attributes::AttributeValue::kDurationValue:
            (*to->mutable_durations())[name] = value.duration_value();
            break;
        case Attributes::AttributeValue::kStringMapValue:
            (*to->mutable_string_maps())[name] = compress(value.string_map_value(), words);
            break;
        case Attributes::AttributeValue::VALUE_NOT_SET:
            break;
        }
    }
}

template <typename Time> void set_time(Time *time, int64_t ns) {
    time->set_seconds(ns / NANOS);
    time->set_nanos(static_cast<int32_t>(ns % NANOS));
}

struct Batch : report {
    Batch() : report() {}

    Dictionary words;
    ReportRequest request;
    std::string bytes;
};

Batch *batch_of(struct report *report) {
    return static_cast<Batch *>(report);
}

} // namespace

struct name {
    std::string text;
};

struct constants {
    Attributes attributes;
};

struct entry {
    entry() : attributes(google::protobuf::Arena::CreateMessage<Attributes>(&arena)) {}

    Attributes::AttributeValue &operator[](const struct name *name) {
        return (*attributes->mutable_attributes())[name->text];
    }

    google::protobuf::Arena arena;
    Attributes *attributes;
};

void report_learn_global_words(void) {
    for (uint32_t i = 0; i < GLOBAL_WORDS; i++) {
        global_numbers[global_words[i]] = static_cast<int>(i);
    }
}

const struct name *name_new(struct text text) {
    return new name{string_of(text)};
}

struct constants *constants_new(const struct pair *pairs, size_t count) {
    auto *made = new constants;
    for (size_t i = 0; i < count; i++) {
        (*made->attributes.mutable_attributes())[string_of(pairs[i].name)].set_string_value(string_of(pairs[i].value));
    }
    return made;
}

void constants_free(struct constants *constants) {
    delete constants;
}

struct report *report_new(void) {
    return new Batch;
}

void report_free(struct report *report) {
    delete batch_of(report);
}

void report_finish(struct report *report) {
    Batch *batch = batch_of(report);
    for (const std::string &word : batch->words.words()) {
        batch->request.add_default_words(word);
    }
    batch->request.set_global_word_count(GLOBAL_WORDS);
    batch->request.set_repeated_attributes_semantics(ReportRequest::INDEPENDENT_ENCODING);
    {
        /* The original sent a copy. */
        const ReportRequest request = batch->request;
        const size_t length = request.ByteSizeLong();
        batch->bytes.resize(GRPC_HEAD + length);
        auto *bytes = reinterpret_cast<uint8_t *>(&batch->bytes[0]);
        bytes[0] = 0;
        for (unsigned i = 0; i < 4; i++) {
            bytes[1 + i] = static_cast<uint8_t>(length >> (24 - 8 * i));
        }
        request.SerializeWithCachedSizesToArray(bytes + GRPC_HEAD);
    }
    batch->words.clear();
    batch->request.Clear();
    batch->message = {batch->bytes.data(), batch->bytes.size()};
}

void report_clear(struct report *report) {
    report->entries = 0;
    report->message = {nullptr, 0};
    batch_of(report)->words.clear();
    batch_of(report)->request.Clear();
}

struct entry *entry_begin(struct report *) {
    return new entry;
}

void entry_end(struct entry *entry, struct report *report) {
    if (report) {
        Batch *batch = batch_of(report);
        compress(*entry->attributes, &batch->words, batch->request.add_attributes());
        batch->entries++;
    }
    delete entry;
}

void entry_constants(struct entry *entry, const struct constants *constants) {
    entry->attributes->MergeFrom(constants->attributes);
}

void entry_string(struct entry *entry, const struct name *name, struct text value) {
    const std::string text = string_of(value);
    (*entry)[name].set_string_value(text);
}

void entry_int(struct entry *entry, const struct name *name, uint64_t value) {
    (*entry)[name].set_int64_value(static_cast<int64_t>(value));
}

void entry_bool(struct entry *entry, const struct name *name, bool value) {
    (*entry)[name].set_bool_value(value);
}

void entry_timestamp(struct entry *entry, const struct name *name, int64_t unix_ns) {
    set_time((*entry)[name].mutable_timestamp_value(), unix_ns);
}

void entry_duration(struct entry *entry, const struct name *name, int64_t ns) {
    set_time((*entry)[name].mutable_duration_value(), ns);
}

void entry_bytes(struct entry *entry, const struct name *name, struct text value) {
    const std::string text = string_of(value);
    (*entry)[name].set_bytes_value(text);
}

void entry_map(struct entry *entry, const struct name *name, const struct pair *pairs, size_t count) {
    Headers headers;
    for (size_t i = 0; i < count; i++) {
        const std::string key = string_of(pairs[i].name);
        const std::string value = string_of(pairs[i].value);
        headers[key] = value;
    }
    auto *entries = (*entry)[name].mutable_string_map_value()->mutable_entries();
    entries->clear();
    for (const auto &header : headers) {
        (*entries)[header.first] = header.second;
    }
}

void entry_tracing_headers(struct entry *entry, const struct name *name, const struct pair *pairs, size_t count) {
    Headers found;
    for (size_t i = 0; i < count; i++) {
        const std::string key = string_of(pairs[i].name);
        const std::string value = string_of(pairs[i].value);
        if (tracing_headers.count(key)) {
            found[key] = value;
        }
    }
    if (found.empty()) {
        return;
    }
    auto *entries = (*entry)[name].mutable_string_map_value()->mutable_entries();
    for (const auto &header : found) {
        (*entries)[header.first] = header.second;
    }
}
