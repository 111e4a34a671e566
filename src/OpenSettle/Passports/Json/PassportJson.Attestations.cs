using System.Globalization;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

public static partial class PassportJson
{
    private static void Write(Utf8JsonWriter json, JudgedAttestation judged)
    {
        var entry = judged.Entry;
        json.WriteString("uid", entry.Uid.ToString());
        json.WriteString("schema", entry.Schema.ToString());
        json.WriteString("kind", PassportWords.Of(entry.Kind));
        json.WriteString("standing", PassportWords.Of(judged.Standing));
        Optional(json, "why", judged.Why);
        json.WriteBoolean("benefits", judged.Benefits);
        json.WriteString("attester", entry.Attester.ToChecksumString());
        json.WriteString("recipient", entry.Recipient.ToChecksumString());
        json.WriteString("refUid", entry.RefUid.ToString());
        Count(json, "time", entry.Time);
        Count(json, "expires", entry.Expires);
        Count(json, "revokedAt", entry.RevokedAt);
        json.WriteBoolean("onChain", entry.OnChain);
        if (entry.At is { } at)
        {
            json.WriteStartObject("at");
            json.WriteNumber("block", at.Block);
            json.WriteNumber("logIndex", at.LogIndex);
            json.WriteEndObject();
        }

        if (entry.Statement is not { } statement) return;
        json.WriteStartObject("says");
        Write(json, statement);
        json.WriteEndObject();
    }

    /// <summary>The fields of what an attestation says, into an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, Statement statement)
    {
        json.WriteString("kind", PassportWords.Of(statement.Kind));
        if (statement.About is { } model) json.WriteString("model", model.ToString());
        switch (statement)
        {
            case ProvenanceStatement provenance:
                json.WriteString("identityHash", provenance.IdentityHash.ToString());
                Texts(json, "datasetHashes", provenance.DatasetHashes.Select(hash => hash.ToString()));
                Texts(json, "relations", provenance.Relations);
                json.WriteString("uri", provenance.Uri);
                break;
            case LineageStatement lineage:
                List(json, "parents", lineage.Parents, static (writer, parent) =>
                {
                    writer.WriteString("model", parent.Model.ToString());
                    writer.WriteNumber("share", parent.Share);
                });
                json.WriteNumber("version", lineage.Version);
                break;
            case ContributionStatement contribution:
                json.WriteString("account", contribution.Account.ToChecksumString());
                json.WriteString("role", contribution.Role.ToString());
                json.WriteString("weight", contribution.Weight.ToString(CultureInfo.InvariantCulture));
                json.WriteString("method", contribution.Method.ToString());
                break;
            case PermissionStatement permission:
                json.WriteString("account", permission.Account.ToChecksumString());
                json.WriteString("use", permission.Use.ToString());
                json.WriteString("permission", PassportWords.OfPermission(permission.Permission));
                Count(json, "expires", permission.Expires);
                json.WriteString("termsHash", permission.TermsHash.ToString());
                break;
            case EvaluationStatement evaluation:
                json.WriteString("domain", evaluation.Domain.ToString());
                json.WriteString("metric", evaluation.Metric);
                json.WriteString("value", evaluation.Value);
                Count(json, "n", evaluation.N);
                json.WriteString("evalSetHash", evaluation.EvalSetHash.ToString());
                json.WriteString("methodHash", evaluation.MethodHash.ToString());
                break;
            case EpochStatement epoch:
                json.WriteNumber("number", epoch.Number);
                json.WriteNumber("lastBlock", epoch.LastBlock);
                json.WriteString("root", epoch.Root.ToString());
                json.WriteString("recordRoot", epoch.RecordRoot.ToString());
                json.WriteString("bundleHash", epoch.BundleHash.ToString());
                break;
            case UsageRecordStatement record:
                Write(json, record);
                break;
            default:
                throw new InvalidOperationException($"Nobody said how a {statement.Kind} statement is written.");
        }
    }

    private static void Write(Utf8JsonWriter json, UsageRecordStatement record)
    {
        json.WriteNumber("epoch", record.Epoch);
        Count(json, "uses", record.Uses);
        Count(json, "consumers", record.Consumers);
        Amounts(json, "revenue", [.. record.Revenue.Select(revenue => (revenue.Token, revenue.Amount))]);
        List(json, "domains", record.Domains, static (writer, domain) =>
        {
            writer.WriteString("domain", domain.Domain.ToString());
            Count(writer, "successes", domain.Successes);
            Count(writer, "trials", domain.Trials);
        });
    }

    private static JudgedAttestation ReadJudged(JsonFields fields) => new(
        ReadEntry(fields), PassportWords.Read<AttestationStanding>(fields, "standing"), fields.Flag("benefits"), fields.TextOrNull("why"));

    private static AttestationEntry ReadEntry(JsonFields fields) => new(
        fields.Word("uid"), fields.Word("schema"), PassportWords.Read<StatementKind>(fields, "kind"), fields.Account("attester"), fields.Account("recipient"), fields.Word("refUid"),
        fields.Number("time"), fields.Number("expires"), fields.Number("revokedAt"), fields.Flag("onChain"),
        fields.ObjectOrNull("at") is { } at ? new LogPosition(at.Number("block"), at.SmallNumber("logIndex")) : null,
        fields.ObjectOrNull("says") is { } says ? ReadStatement(says) : null);

    private static Statement ReadStatement(JsonFields fields)
    {
        var kind = PassportWords.Read<StatementKind>(fields, "kind");
        ModelId Model() => new(fields.Word("model"));
        return kind switch
        {
            StatementKind.Provenance => new ProvenanceStatement(Model(), fields.Word("identityHash"), fields.Words("datasetHashes"), fields.Texts("relations"), fields.Text("uri")),
            StatementKind.Lineage => new LineageStatement(
                Model(), fields.List("parents", static parent => new Parent(new ModelId(parent.Word("model")), parent.SmallNumber("share"))), fields.SmallNumber("version")),
            StatementKind.Contribution => new ContributionStatement(
                Model(), fields.Account("account"), fields.Word("role"), fields.Amount("weight") is { FitsUInt128: true } weight ? (UInt128)weight : throw fields.Bad("weight", "a number of at most 128 bits"), fields.Word("method")),
            StatementKind.Permission => new PermissionStatement(
                Model(), fields.Account("account"), fields.Word("use"), PassportWords.Permission(fields, "permission"), fields.Number("expires"), fields.Word("termsHash")),
            StatementKind.Evaluation => new EvaluationStatement(
                Model(), fields.Word("domain"), fields.Text("metric"), fields.Text("value"), fields.Number("n"), fields.Word("evalSetHash"), fields.Word("methodHash")),
            StatementKind.Epoch => new EpochStatement(fields.Number("number"), fields.Number("lastBlock"), fields.Word("root"), fields.Word("recordRoot"), fields.Word("bundleHash")),
            StatementKind.UsageRecord => new UsageRecordStatement(
                Model(), fields.Number("epoch"), fields.Number("uses"), fields.Number("consumers"),
                [.. ReadAmounts(fields, "revenue").Select(revenue => new TokenRevenue(revenue.Token, revenue.Amount))],
                fields.List("domains", static domain => (domain.Word("domain"), domain.Number("successes"), domain.Number("trials")))),
            _ => throw fields.Bad("kind", "a kind that is known"),
        };
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
