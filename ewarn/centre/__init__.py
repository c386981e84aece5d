"""What a warning centre knows and says of a quake, as settings describe it; everything in here is modelled."""
