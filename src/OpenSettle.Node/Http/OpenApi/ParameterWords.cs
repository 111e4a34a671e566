using System.Text.Json.Nodes;

namespace OpenSettle.Node.Http;

/// <summary>A parameter as the document describes it.</summary>
/// <param name="Place">query, path or header.</param>
internal sealed record ParameterWord(string Place, string Text, JsonObject Schema, bool Required = false);

/// <summary>Every parameter of the API, once: by its name, or by the operation's and its own where one name means two things.</summary>
internal static class ParameterWords
{
    private const string Query = "query";
    private const string Path = "path";

    private static readonly Dictionary<string, Func<ParameterWord>> All = new(StringComparer.Ordinal)
    {
        ["id"] = static () => new(Path, "The model's id.", Forms.Hash(), true),
        ["hash"] = static () => new(Path, "The keccak-256 of the bytes.", Forms.Hash(), true),
        ["name"] = static () => new(Path, "A bundle's hash; with .bundle.gz behind it the compressed file.", Forms.Text("^0x[0-9a-fA-F]{64}(\\.bundle\\.gz)?$"), true),
        ["account"] = static () => new(Path, "An account; mixed case has to be a right checksum.", Forms.Account(), true),
        ["getPermission.account"] = static () => new(Query, "Who asks; without one, what anybody may do is told.", Forms.Account()),
        ["token"] = static () => new(Path, "A token's address; the zero address is the chain's coin.", Forms.Account(), true),
        ["findModels.token"] = static () => new(Query, "The token that prices are in, where several are listed.", Forms.Account()),
        ["gateway"] = static () => new(Path, "The account that signs for the gateway.", Forms.Account(), true),
        ["number"] = static () => new(Path, "An epoch's number, from 1.", Forms.Number(1), true),
        ["getBatch.number"] = static () => new(Path, "The batch's number, from 1.", Forms.Number(1), true),
        ["epoch"] = static () => new(Path, "An epoch's number, from 1.", Forms.Number(1), true),
        ["getEventProof.source"] = static () => new(Path, "The event's source, percent-encoded; its slashes may stand.", Forms.Text(), true),
        ["getEventProof.id"] = static () => new(Path, "The event's id, percent-encoded.", Forms.Text(), true),
        ["getTransaction.hash"] = static () => new(Path, "The transaction's hash.", Forms.Hash(), true),
        ["q"] = static () => new(Query, "What to look for: an address, a model's id or its beginning, number or name, an epoch's number, a transaction. '#7' and 'model 7' are models, 'epoch 7' an epoch.", Forms.Text(longest: 200), true),
        ["block"] = static () => new(Query, "As of the start of this block; without it, as of now. The state of a past block takes more of the rate.", Forms.Number(0)),
        ["from"] = static () => new(Query, "The first day, in UTC; without it 30 days before the last one.", Forms.Day()),
        ["to"] = static () => new(Query, "The last day, in UTC; without it today.", Forms.Day()),
        ["getEarnings.token"] = static () => OneToken(),
        ["getEarnings.model"] = static () => new(Query, "What this model gave alone.", Forms.Hash()),
        ["getEarnings.by"] = static () => new(Query, "What rows of splits gave alone, or what pools did: by influence, or by the fallback rows.", Forms.OneOf("rows", "pool")),
        ["getEarnings.role"] = static () => new(Query, "What the account earned in this role alone, as the split has it; what a pool gave has none.", Forms.Text()),
        ["getEarnings.from"] = static () => new(Query, "The first epoch.", Forms.Number(0)),
        ["getEarnings.to"] = static () => new(Query, "The last epoch.", Forms.Number(0)),
        ["getEarnings.format"] = static () => new(Query, "The form; without it json.", Forms.OneOf("json", "csv")),
        ["getPayouts.token"] = static () => OneToken(),
        ["getPayouts.format"] = static () => new(Query, "The form; without it json.", Forms.OneOf("json", "csv")),
        ["getWhy.epoch"] = static () => new(Query, "The epoch; without it the newest active one.", Forms.Number(1)),
        ["getWhy.token"] = static () => OneToken(),
        ["getWhy.model"] = static () => new(Query, "What this model's money gave alone.", Forms.Hash()),
        ["getWhy.group"] = static () => new(Query, "The payments of this group of an answer without it; with token.", Forms.Text()),
        ["getClaim.to"] = static () => new(Query, "Where the money is to go; without it to the account, or to the recipient that it set.", Forms.Account()),
        ["getClaim.tokens"] = static () => new(Query, "These tokens alone, with commas between.", Forms.Text("^0x[0-9a-fA-F]{40}(,0x[0-9a-fA-F]{40})*$")),
        ["getClaim.deadline"] = static () => new(Query, "Until when what is signed is good, in seconds since 1970.", Forms.Number(1)),
        ["relayedClaim.id"] = static () => new(Path, "The claim's id, as it was answered when it was handed in.", Forms.Hash(), true),
        ["listEpochPushes.from"] = static () => new(Query, "The first entry; the Link of the page before has it.", Forms.Number(0)),
        ["before"] = static () => new(Query, "Where the page begins: the Link of the page before has it.", Forms.Text()),
        ["after"] = static () => new(Query, "Where the page begins: the Link of the page before has it.", Forms.Text()),
        ["use"] = static () => new(Query, "A word of 1 to 32 printable ASCII characters, like inference; or 0x and 64 digits.", Forms.Text(), true),
        ["format"] = static () => new(Query, "The form.", Forms.OneOf([.. OpenSettle.Passports.PassportExports.Formats, "eas"]), true),
        ["a"] = static () => new(Query, "A model's id.", Forms.Hash(), true),
        ["b"] = static () => new(Query, "Another model's id.", Forms.Hash(), true),
        ["domain"] = static () => new(Query, "The domain, as gateways write it.", Forms.Text(longest: 200), true),
        ["minN"] = static () => new(Query, "Fewest trials.", Forms.Number(0)),
        ["lowerBound"] = static () => new(Query, "The least lower bound of the rate of success: a share from 0 to 1 with at most six decimals.", Forms.Text("^(0|1|0?\\.[0-9]{1,6}|[01]\\.[0-9]{1,6})$")),
        ["maxPrice"] = static () => new(Query, "Most that a use may cost, in whole tokens.", Forms.Text("^[0-9]+(\\.[0-9]+)?$")),
        ["status"] = static () => new(Query, "The registry's status.", Forms.OneOf("active", "deprecated", "retired", "salvage")),
        ["basis"] = static () => new(Query, "What the standing is ranked by.", Forms.OneOf("evaluated", "paidUsage")),
        ["mapping"] = static () => new(Query, "Records of another form, by this mapping of usageMapping.", Forms.Text()),
        ["OpenSettle-Batch"] = static () => new("header", "The signed statement of a batch: section 3 of docs/protocol.md.", Forms.Text()),
        ["topics"] = static () => new(Query, "Kinds of events, with commas between; without it all.", Forms.Text("^(status|payment|epoch|alert|reorg)(,(status|payment|epoch|alert|reorg))*$")),
        ["Last-Event-ID"] = static () => new("header", "The last event that came: what came since is sent first, or the event reset where that is not known any more.", Forms.Text()),
    };

    private static ParameterWord OneToken() => new(Query, "This token alone; the zero address is the chain's coin.", Forms.Account());

    /// <summary>Null where nobody described it.</summary>
    public static ParameterWord? Find(string operation, string name) =>
        All.TryGetValue($"{operation}.{name}", out var own) || All.TryGetValue(name, out own) ? own() : null;
}

/// <summary>Schemas of plain values.</summary>
internal static class Forms
{
    public static JsonObject Hash() => Text("^0x[0-9a-fA-F]{64}$");

    public static JsonObject Account() => Text("^0x[0-9a-fA-F]{40}$");

    public static JsonObject Amount() => Text("^(0|[1-9][0-9]*)$");

    public static JsonObject Bytes() => Text("^0x([0-9a-fA-F]{2})*$");

    public static JsonObject Day() => new() { ["type"] = "string", ["format"] = "date" };

    public static JsonObject Number(long least, long? most = null)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least };
        if (most is { } limit) schema["maximum"] = limit;
        return schema;
    }

    public static JsonObject OneOf(params IEnumerable<string> words) => new() { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) };

    public static JsonObject Text(string? pattern = null, int? longest = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (pattern is not null) schema["pattern"] = pattern;
        if (longest is { } most) (schema["minLength"], schema["maxLength"]) = (1, most);
        return schema;
    }
}
