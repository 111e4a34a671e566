using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>Something that the registry says of a model and that decides no money.</summary>
/// <param name="Time">Of its block.</param>
public abstract record ModelNotice(LogPosition At, ulong Time, ModelId Model);

/// <summary>0 active, 1 deprecated, 2 retired, 3 salvage.</summary>
public sealed record StatusNotice(LogPosition At, ulong Time, ModelId Model, byte Status) : ModelNotice(At, Time, Model);

/// <summary>What an account (zero: anybody) may do. <paramref name="Permission"/> is the registry's number; 0 takes the word back.</summary>
public sealed record PermissionNotice(
    LogPosition At, ulong Time, ModelId Model, Address Account, Hash32 Use, byte Permission, ulong Expires, Hash32 TermsHash, string Uri) : ModelNotice(At, Time, Model);

/// <summary>Another document says more of the model from here on.</summary>
public sealed record MetadataNotice(LogPosition At, ulong Time, ModelId Model, Hash32 MetadataHash, string Uri) : ModelNotice(At, Time, Model);

/// <summary>Split, lineage and royalty never change again.</summary>
public sealed record FrozenNotice(LogPosition At, ulong Time, ModelId Model) : ModelNotice(At, Time, Model);

/// <summary>What the registry said of a model up to a block.</summary>
public static class NoticeFacts
{
    /// <summary>The facts, with what a model's notices of earlier blocks than theirs say. Later ones are left out.</summary>
    /// <param name="notices">The model's, in chain order.</param>
    public static PassportFacts With(this PassportFacts facts, IEnumerable<ModelNotice> notices)
    {
        var registration = facts.Registry.Get(facts.Model).Registration;
        var permissions = new SortedDictionary<(Address Account, Hash32 Use), RegistryPermission>();
        var (status, frozen, hash, uri) = ((byte)0, false, registration.MetadataHash, registration.Uri);
        foreach (var notice in notices)
        {
            if (notice.Model != facts.Model || notice.At.Block >= facts.AsOf.Number) continue;
            switch (notice)
            {
                case StatusNotice said:
                    status = said.Status;
                    break;
                case FrozenNotice:
                    frozen = true;
                    break;
                case MetadataNotice said:
                    (hash, uri) = (said.MetadataHash, said.Uri);
                    break;
                case PermissionNotice said:
                    permissions[(said.Account, said.Use)] = new RegistryPermission(said.Account, said.Use, said.Permission, said.Expires, said.TermsHash, said.Uri, said.At);
                    break;
                default:
                    throw new InvalidOperationException($"The notice {notice.GetType().Name} is not known.");
            }
        }

        return facts with { Status = status, IsFrozen = frozen, MetadataHash = hash, MetadataUri = uri, Permissions = [.. permissions.Values] };
    }
}
