using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Attesting;

/// <summary>Drafts against the chain, before anything is signed: everything that is refused is named, and nothing is half done.</summary>
internal static class DraftChecks
{
    /// <summary>What each draft becomes on the attestation service.</summary>
    public static async Task<IReadOnlyList<EasItem>> RequireAsync(AttestSession session, Address attester, IReadOnlyList<StatementDraft> drafts, CancellationToken cancellation)
    {
        var items = new List<EasItem>(drafts.Count);
        foreach (var draft in drafts)
        {
            var number = await session.AskAsync(session.Id.Registry, new ModelRegistry.NumberOf(draft.Model.Value), cancellation);
            if (number == 0) throw Refused($"there is no model {draft.Model} on this chain.");
            await RequireAttesterAsync(session, attester, draft, cancellation);
            if (draft.Statement is LineageStatement lineage) await RequireParentsAsync(session, lineage, number, cancellation);
            if (draft.Statement is EvaluationStatement evaluation) await RequireCommitmentAsync(session, attester, draft, evaluation, cancellation);
            var payAddress = await session.AskAsync(session.Id.Registry, new ModelRegistry.PayAddressOf(draft.Model.Value), cancellation);
            items.Add(new EasItem(payAddress, draft.Expires, SchemaUid.IsRevocable(draft.Kind), draft.RefUid, StatementCodec.Encode(draft.Statement)));
        }

        return items;
    }

    private static async Task RequireAttesterAsync(AttestSession session, Address attester, StatementDraft draft, CancellationToken cancellation)
    {
        if (draft.Kind == StatementKind.Evaluation)
        {
            if (!await session.AskAsync(session.Schemas.Resolver, new SettlementResolver.IsEvaluator(attester), cancellation))
                throw Refused($"{attester.ToChecksumString()} is not registered as an evaluator. Register it: opensettle attest evaluator --register --uri https://…");
            return;
        }

        var owner = await session.AskAsync(session.Id.Registry, new ModelRegistry.OwnerOf(draft.Model.Value), cancellation);
        if (owner != attester)
            throw Refused($"{attester.ToChecksumString()} does not own model {draft.Model}: {owner.ToChecksumString()} does, and its {StatementCodec.Name(draft.Kind)} is the owner's to attest.");
    }

    /// <summary>A parent has a lower number than its child: so the registry knows no circles, and neither does what is attested.</summary>
    private static async Task RequireParentsAsync(AttestSession session, LineageStatement lineage, ulong number, CancellationToken cancellation)
    {
        foreach (var parent in lineage.Parents)
        {
            var its = await session.AskAsync(session.Id.Registry, new ModelRegistry.NumberOf(parent.Model.Value), cancellation);
            if (its == 0) throw Refused($"there is no model {parent.Model} on this chain, which is given as a parent.");
            if (its >= number) throw Refused($"the lineage is circular, or could become so: {parent.Model} was registered after its child, as number {its} after number {number}.");
        }
    }

    private static async Task RequireCommitmentAsync(AttestSession session, Address attester, StatementDraft draft, EvaluationStatement evaluation, CancellationToken cancellation)
    {
        if (evaluation.IsCommitment) return;
        if (draft.RefUid.IsZero)
        {
            await Console.Error.WriteLineAsync("opensettle: these results name no earlier commitment to their set: readers show them, and rank nothing by them. 'opensettle attest commit' makes one, before the results.");
            return;
        }

        if (await session.FindAsync(draft.RefUid, cancellation) is not { } content) throw Refused($"there is no attestation {draft.RefUid}, which is given as the commitment.");
        if (session.Schemas.KindOf(content.Schema) != StatementKind.Evaluation
            || StatementCodec.Decode(StatementKind.Evaluation, content.Data.Span) is not EvaluationStatement { IsCommitment: true } commitment)
            throw Refused($"attestation {draft.RefUid} is not a commitment to a set.");
        if (content.Attester != attester) throw Refused($"the commitment {draft.RefUid} is {content.Attester.ToChecksumString()}'s, and these results are {attester.ToChecksumString()}'s.");
        if (content.RevocationTime != 0) throw Refused($"the commitment {draft.RefUid} was revoked.");
        if (commitment.Model != evaluation.Model || commitment.Domain != evaluation.Domain || commitment.EvalSetHash != evaluation.EvalSetHash
            || commitment.Metric != evaluation.Metric || (!commitment.MethodHash.IsZero && commitment.MethodHash != evaluation.MethodHash))
            throw Refused($"the commitment {draft.RefUid} is to another model, domain, set, metric or method: model {commitment.Model}, set {commitment.EvalSetHash}. Nothing is ranked by results that were not committed to as they are.");
    }

    private static VerbException Refused(string message) => new(ExitCode.Refused, message);
}
