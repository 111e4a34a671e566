using OpenSettle.Storage;
using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>One question for everything that has a page: models by id, number or name, accounts, epochs, transactions.</summary>
internal sealed class SearchEndpoints(IBooks books, NodeState state, ModelNames names, NodeOptions options, TransactionLook transactions)
{
    private const int Longest = 200;
    private const int UsualHits = 20;
    private const int MostHits = 50;

    /// <summary>Fewer digits of an id than these begin too many.</summary>
    private const int LeastDigits = 4;

    private const int WordDigits = 64;
    private const int AddressDigits = 40;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/search", (SearchEndpoints search, string? q, string? limit, CancellationToken cancellation) => search.AnswerAsync(q, limit, cancellation))
            .For(Access.Public).Costs(5).WithName("search").WithSummary("Models by id, number or name, accounts, epochs, transactions").Pages(MostHits, UsualHits).Produces<SearchAnswer>();
        routes.MapGet("/api/v1/transactions/{hash}", (SearchEndpoints search, string hash, CancellationToken cancellation) => search.TransactionAsync(hash, cancellation))
            .For(Access.Public).Costs(10).WithName("getTransaction").WithSummary("What this node knows of a transaction: payments, claims, pushes, steps of epochs").Produces<FoundTransactionAnswer>();
    }

    private async Task<IResult> AnswerAsync(string? q, string? limit, CancellationToken cancellation)
    {
        var words = (q ?? string.Empty).Trim();
        if (words.Length is 0 or > Longest) return Problems.BadRequest("'q' is missing, or too long", $"Say what to look for, in at most {Longest} characters: an address, a model's id, number or name, an epoch, a transaction.");
        if (!Paging.TryLimit(limit, UsualHits, MostHits, out var most, out var wrong) && wrong is not null) return wrong;
        var hits = new List<SearchHitAnswer>();
        var digits = words.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? words[2..] : words;
        if (digits.Length == WordDigits && digits.All(char.IsAsciiHexDigit)) await AddWordAsync(hits, Hash32.Parse($"0x{digits}"), cancellation);
        else if (digits.Length == AddressDigits && digits.All(char.IsAsciiHexDigit)) AddAccount(hits, Address.Parse($"0x{digits.ToLowerInvariant()}"));
        else
        {
            AddNumber(hits, words);
            // One more than is shown says whether there are more.
            if (digits.Length < words.Length && digits.Length is >= LeastDigits and < WordDigits && digits.All(char.IsAsciiHexDigit)) AddBeginning(hits, digits, most + 1);
            hits.AddRange(names.Find(words, most + 1).Select(found => Hit(found.Model, found.Number, found.Name)).Where(hit => hits.TrueForAll(known => known.Id != hit.Id)));
        }

        return Answers.Json(new SearchAnswer(words, [.. hits.Take(most)], hits.Count > most));
    }

    private async Task<IResult> TransactionAsync(string hash, CancellationToken cancellation)
    {
        if (!Hash32.TryParse(hash, out var parsed)) return Problems.BadRequest("That is not a transaction's hash", "It is 0x and 64 hexadecimal digits.");
        var (found, why) = await transactions.FindAsync(parsed, cancellation);
        if (found is not null) return Answers.Json(found);
        return why is null
            ? Problems.NotFound("Nobody here knows that transaction", "This node did not sign it, and its endpoint has it in no block. Where it was just sent, ask again in a moment; otherwise look whether it is of this chain.")
            : Problems.Of(503, "The chain cannot be asked for that transaction", $"Ask again later. {why}");
    }

    /// <summary>Sixty-four digits are a model or a transaction; whether a hash that is no model's is a transaction, the chain says.</summary>
    private async Task AddWordAsync(List<SearchHitAnswer> hits, Hash32 word, CancellationToken cancellation)
    {
        if (state.Registry.TryGet(new ModelId(word), out var model))
        {
            hits.Add(Hit(model.Id, model.Number, names.Of(model.Id)));
            return;
        }

        var (found, why) = await transactions.FindAsync(word, cancellation);
        var what = found is null
            ? why is null ? null : "No model; whether it is a transaction, the chain cannot be asked now"
            : found.Own is { } own ? $"Transaction of this node: {own.Purpose}"
            : found.Payments.Count > 0 ? "Transaction with a payment"
            : found.Events.Count > 0 ? "Transaction in this deployment's contracts"
            : "Transaction of this chain, and nothing of this deployment in it";
        if (what is not null) hits.Add(new SearchHitAnswer(SearchKind.Transaction, word.ToString(), null, what));
    }

    private void AddAccount(List<SearchHitAnswer> hits, Address account)
    {
        var id = options.Deployment.Watched.Id;
        if (state.Registry.IsPayAddress(account) && state.Registry.InNoOrder.FirstOrDefault(model => model.PayAddress == account) is { } model)
        {
            hits.Add(Hit(model.Id, model.Number, names.Of(model.Id)) with { What = Text($"Model {model.Number}: this is its pay address") });
            return;
        }

        var contract = account == id.Vault ? "the vault" : account == id.Registry ? "the registry" : account == id.Rail ? "the rail" : account == options.Deployment.Watched.Resolver ? "the resolver" : null;
        var known = contract is null && books.Read(session => session.Earned.Knows(account));
        hits.Add(new SearchHitAnswer(SearchKind.Account, account.ToChecksumString(), null, contract is not null ? $"Contract: {contract}" : known ? "Account with earnings" : "Account that earned nothing here yet"));
    }

    /// <summary>A number is an epoch's and a model's; with "#" or a word before it, the one or the other.</summary>
    private void AddNumber(List<SearchHitAnswer> hits, string words)
    {
        var epoch = words.StartsWith("epoch ", StringComparison.OrdinalIgnoreCase);
        var model = words.StartsWith("model ", StringComparison.OrdinalIgnoreCase);
        var text = epoch || model ? words[6..].Trim() : words;
        if (text.StartsWith('#') && !epoch) (text, model) = (text[1..], true);
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > long.MaxValue) return;
        if (!epoch && state.Registry.InNoOrder.FirstOrDefault(entry => entry.Number == number) is { } found) hits.Add(Hit(found.Id, found.Number, names.Of(found.Id)));
        if (!model && books.Read(session => session.Epochs.Get(number)) is { } settled)
            hits.Add(new SearchHitAnswer(SearchKind.Epoch, Text($"{number}"), null, Text($"Blocks {settled.FirstBlock} to {settled.LastBlock}, {settled.State.ToString().ToLowerInvariant()}")));
    }

    private void AddBeginning(List<SearchHitAnswer> hits, string digits, int most)
    {
        var (first, last) = (new ModelId(Hash32.Parse($"0x{digits.PadRight(WordDigits, '0')}")), new ModelId(Hash32.Parse($"0x{digits.PadRight(WordDigits, 'f')}")));
        hits.AddRange(state.Registry.InNoOrder.Where(model => model.Id >= first && model.Id <= last).OrderBy(model => model.Number).Take(most).Select(model => Hit(model.Id, model.Number, names.Of(model.Id))));
    }

    private static SearchHitAnswer Hit(ModelId model, ulong number, string? name) => new(SearchKind.Model, model.ToString(), name, Text($"Model {number}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
