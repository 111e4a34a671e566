namespace OpenSettle.Primitives;

/// <summary>
/// One proof for several leaves of a tree: what OpenZeppelin's <c>getMultiProof</c> gives and
/// <c>MerkleProof.multiProofVerify</c> takes. The order of the leaves is part of it.
/// </summary>
/// <param name="Leaves">The leaves, in the order of the tree.</param>
/// <param name="Proof">Hashes that the leaves do not lead to.</param>
/// <param name="ProofFlags">For each hash on the way up, whether its second half is known (true) or of the proof (false).</param>
public sealed record MultiProof<TLeaf>(IReadOnlyList<TLeaf> Leaves, IReadOnlyList<Hash32> Proof, IReadOnlyList<bool> ProofFlags)
{
    internal MultiProof<TOther> Select<TOther>(Func<TLeaf, TOther> convert) => new([.. Leaves.Select(convert)], Proof, ProofFlags);

    /// <summary>
    /// Whether the leaves, by these hashes, stand in a tree of that root. What is malformed is refused, and so is a
    /// proof of no leaves, which OpenZeppelin's takes: it says nothing of any leaf.
    /// </summary>
    internal bool Verify(Func<TLeaf, Hash32> hash, Hash32 root)
    {
        if ((long)Leaves.Count + Proof.Count != (long)ProofFlags.Count + 1) return false;
        var known = new Queue<Hash32>(Leaves.Select(hash));
        var used = 0;
        foreach (var paired in ProofFlags)
        {
            if (!known.TryDequeue(out var first)) return false;
            Hash32 second;
            if (paired)
            {
                if (!known.TryDequeue(out second)) return false;
            }
            else
            {
                if (used == Proof.Count) return false;
                second = Proof[used++];
            }

            known.Enqueue(MerkleTree.HashPair(first, second));
        }

        // The counts above leave one hash, or none where a part of the proof was not used, as it is without leaves.
        return known.TryDequeue(out var computed) && computed == root;
    }
}
