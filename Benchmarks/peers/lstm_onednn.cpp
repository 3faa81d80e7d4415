// oneDNN's LSTM primitive on Embedding(V, D) -> LSTM(H) -> Linear(1) -> sigmoid, inference, against hanpipe-bench infer.
//
//   c++ -O2 -std=c++17 -fopenmp lstm_onednn.cpp -o lstm_onednn -ldnnl       (libdnnl-dev, oneDNN 2.x)
//   ./lstm_onednn SEGMENTED.txt [--batch 256] [--threads 1] [--dim 128] [--units 128] [--precision f32|bf16|int8] [--runs 5]
//                 [--limit 20000] [--maximum 200]
//
// The primitive knows no lengths: batches are rectangles, of lines sorted by length; the state is taken at each line's last step.
// What can be done once is: primitives and packed weights of every shape, and for bf16 and int8 a converted embedding table.
// Prints `name TAB metric TAB value`, the median of --runs after one that is not counted.
#include <dnnl.hpp>
#if DNNL_VERSION_MAJOR != 2
#error "written for oneDNN 2.x"
#endif
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

struct Options {
    std::string file, precision = "f32";
    std::map<std::string, int> numbers = {{"--batch", 256}, {"--threads", 1},   {"--dim", 128},    {"--units", 128},
                                          {"--runs", 5},    {"--limit", 20000}, {"--maximum", 200}};
    int operator[](const char *name) const { return numbers.at(name); }
};

static bool parse(int count, char **arguments, Options &options) {
    for (int i = 1; i < count; i++) {
        const std::string name = arguments[i];
        if (name.rfind("--", 0) != 0) {
            options.file = name;
        } else if (i + 1 == count) {
            return false;
        } else if (name == "--precision") {
            options.precision = arguments[++i];
        } else if (options.numbers.count(name)) {
            options.numbers[name] = std::max(1, std::atoi(arguments[++i]));
        } else {
            return false;
        }
    }
    return !options.file.empty();
}

constexpr int vocabulary = 20000;

/// Ids by first appearance, sorted by length.
static std::vector<std::vector<int>> read(const Options &options) {
    std::ifstream file(options.file);
    std::vector<std::vector<int>> ids;
    std::unordered_map<std::string, int> index;
    for (std::string line; (int)ids.size() < options["--limit"] && std::getline(file, line);) {
        std::istringstream words(line);
        std::vector<int> record;
        for (std::string word; (int)record.size() < options["--maximum"] && words >> word;)
            record.push_back(index.emplace(word, (int)index.size() % (vocabulary - 2) + 2).first->second);
        if (record.empty()) record.push_back(1);
        ids.push_back(record);
    }
    std::stable_sort(ids.begin(), ids.end(), [](auto &a, auto &b) { return a.size() < b.size(); });
    return ids;
}

/// The LSTM of one precision: its weights, its table, and a primitive for each shape.
class Network {
public:
    Network(const Options &options)
        : D(options["--dim"]), H(options["--units"]), engine(dnnl::engine::kind::cpu, 0), stream(engine) {
        type = options.precision == "bf16" ? Type::bf16 : options.precision == "int8" ? Type::u8 : Type::f32;
        weightType = type == Type::u8 ? Type::s8 : type;
        std::mt19937 generator(1);
        std::normal_distribution<float> normal(0, 0.05f);
        auto draw = [&](size_t n) { std::vector<float> v(n); for (float &x : v) x = normal(generator); return v; };
        layer = draw((size_t)D * 4 * H), iteration = draw((size_t)H * 4 * H), bias = draw(4 * H), dense = draw(H);
        if (type == Type::u8) attributes.set_rnn_data_qparams(scale, shift), attributes.set_rnn_weights_qparams(0, {500.0f});
        table = converted({vocabulary, D}, draw((size_t)vocabulary * D));
    }

    /// The probabilities' sum of one rectangle, T = the longest.
    double answer(const std::vector<int> *records, int N) {
        const int T = (int)records[N - 1].size();
        Shape &shape = shapes.count({T, N}) ? shapes[{T, N}] : make(T, N);
        const size_t width = D * memory::data_type_size(type);
        char *x = (char *)shape.source.get_data_handle();
        const char *rows = (const char *)table.get_data_handle();
        for (int t = 0; t < T; t++)
            for (int b = 0; b < N; b++, x += width)
                memcpy(x, rows + (t < (int)records[b].size() ? records[b][t] : 0) * width, width);
        shape.primitive.execute(stream, shape.arguments);
        stream.wait();
        double sum = 0;
        for (int b = 0; b < N; b++) {
            const size_t last = ((records[b].size() - 1) * N + b) * H;
            float z = 0;
            for (int j = 0; j < H; j++) z += output(shape.destination, last + j) * dense[j];
            sum += 1 / (1 + std::exp(-z));
        }
        return sum;
    }

private:
    struct Shape {
        memory source, destination, layer, iteration, bias;
        dnnl::primitive primitive;
        std::unordered_map<int, memory> arguments;
    };
    const int D, H;
    const float scale = 100, shift = 128;  // of the quantised states, for values from -1.28 to 1.27
    dnnl::engine engine;
    dnnl::stream stream;
    Type type, weightType;
    dnnl::primitive_attr attributes;
    std::vector<float> layer, iteration, bias, dense;
    memory table;
    std::map<std::pair<int, int>, Shape> shapes;

    /// One state; bf16 is the upper half of a float32.
    float output(const memory &states, size_t i) const {
        if (type != Type::bf16) return ((const float *)states.get_data_handle())[i];
        const uint32_t bits = (uint32_t)((const uint16_t *)states.get_data_handle())[i] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }

    /// A table in the precision of the states.
    memory converted(memory::dims dims, std::vector<float> values) {
        memory result({dims, type, Tag::ab}, engine);
        if (type == Type::u8) {
            auto *bytes = (uint8_t *)result.get_data_handle();
            for (size_t i = 0; i < values.size(); i++)
                bytes[i] = (uint8_t)std::clamp(std::lround(values[i] * scale + shift), 0L, 255L);
        } else {
            memory plain({dims, Type::f32, Tag::ab}, engine, values.data());
            dnnl::reorder(plain, result).execute(stream, plain, result);
            stream.wait();
        }
        return result;
    }

    /// Packs weights as the primitive wants them.
    memory packed(memory::dims dims, std::vector<float> &values, const memory::desc &wanted) {
        memory plain({dims, Type::f32, Tag::ldigo}, engine, values.data()), result(wanted, engine);
        dnnl::reorder(dnnl::reorder::primitive_desc(engine, plain.get_desc(), engine, wanted, attributes))
            .execute(stream, plain, result);
        stream.wait();
        return result;
    }

    Shape &make(int T, int N) {
        // int8 can give float32 at its end, bf16 cannot.
        const Type out = type == Type::u8 ? Type::f32 : type;
        const memory::desc source({T, N, D}, type, Tag::tnc), destination({T, N, H}, out, Tag::tnc), none;
        dnnl::lstm_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::rnn_direction::unidirectional_left2right, source, none,
                                      none, {{1, 1, D, 4, H}, weightType, Tag::any}, {{1, 1, H, 4, H}, weightType, Tag::any},
                                      {{1, 1, 4, H}, Type::f32, Tag::ldgo}, destination, none, none);
        dnnl::lstm_forward::primitive_desc chosen(desc, attributes, engine);
        Shape &shape = shapes[{T, N}];
        shape.source = memory(source, engine);
        shape.destination = memory(destination, engine);
        shape.layer = packed({1, 1, D, 4, H}, layer, chosen.weights_layer_desc());
        shape.iteration = packed({1, 1, H, 4, H}, iteration, chosen.weights_iter_desc());
        shape.bias = memory({{1, 1, 4, H}, Type::f32, Tag::ldgo}, engine, bias.data());
        shape.arguments = {{DNNL_ARG_SRC_LAYER, shape.source},       {DNNL_ARG_WEIGHTS_LAYER, shape.layer},
                           {DNNL_ARG_WEIGHTS_ITER, shape.iteration}, {DNNL_ARG_BIAS, shape.bias},
                           {DNNL_ARG_DST_LAYER, shape.destination}};
        shape.primitive = dnnl::lstm_forward(chosen);
        return shape;
    }
};

int main(int count, char **arguments) {
    Options options;
    if (!parse(count, arguments, options)) return fprintf(stderr, "usage: see the top of lstm_onednn.cpp\n"), 64;
    omp_set_num_threads(options["--threads"]);
    const auto ids = read(options);
    if (ids.empty()) return fprintf(stderr, "%s: no line could be read\n", options.file.c_str()), 1;
    Network network(options);
    std::vector<double> seconds;
    double sum = 0;
    for (int run = 0; run <= options["--runs"]; run++) {
        const auto start = std::chrono::steady_clock::now();
        for (size_t k = 0; k < ids.size(); k += options["--batch"])
            sum += network.answer(&ids[k], (int)std::min<size_t>(options["--batch"], ids.size() - k));
        if (run > 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    if (!(sum >= 0)) return fprintf(stderr, "the answers are no numbers\n"), 1;
    std::sort(seconds.begin(), seconds.end());
    const double median = seconds[seconds.size() / 2];
    size_t tokens = 0;
    for (auto &record : ids) tokens += record.size();
    const dnnl_version_t *version = dnnl_version();
    fprintf(stderr, "mean probability %.6f\n", sum / (double)ids.size() / (options["--runs"] + 1));
    printf("onednn-%d.%d infer b%d t%d h%d %s\ttokens/s\t%.0f\n", version->major, version->minor, options["--batch"],
           options["--threads"], options["--units"], options.precision.c_str(), tokens / median);
    return 0;
}
