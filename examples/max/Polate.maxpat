{
    "patcher": {
        "title": "Polate",
        "fileversion": 1,
        "appversion": {
            "major": 8,
            "minor": 5,
            "revision": 5,
            "architecture": "x64",
            "modernui": 1
        },
        "classnamespace": "box",
        "rect": [
            40,
            60,
            1240,
            760
        ],
        "bglocked": 0,
        "openinpresentation": 1,
        "default_fontsize": 12.0,
        "default_fontface": 0,
        "default_fontname": "Arial",
        "gridonopen": 1,
        "gridsize": [
            15.0,
            15.0
        ],
        "gridsnaponopen": 1,
        "objectsnaponopen": 1,
        "statusbarvisible": 2,
        "toolbarvisible": 1,
        "lefttoolbarpinned": 0,
        "toptoolbarpinned": 0,
        "righttoolbarpinned": 0,
        "bottomtoolbarpinned": 0,
        "toolbars_unpinned_last_save": 0,
        "tallnewobj": 0,
        "boxanimatetime": 200,
        "enablehscroll": 1,
        "enablevscroll": 1,
        "devicewidth": 0.0,
        "description": "",
        "digest": "",
        "tags": "",
        "style": "",
        "subpatcher_template": "",
        "assistshowspatchername": 0,
        "boxes": [
            {
                "box": {
                    "id": "obj-1",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 0,
                    "patching_rect": [
                        12,
                        130,
                        280,
                        22
                    ],
                    "outlettype": [],
                    "text": "udpsend 127.0.0.1 9010"
                }
            },
            {
                "box": {
                    "id": "dial-1",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        12,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        12,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob1",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 1",
                            "parameter_shortname": "1",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-2",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        160,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/1"
                }
            },
            {
                "box": {
                    "id": "dial-2",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        64,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        64,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob2",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 2",
                            "parameter_shortname": "2",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-3",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        190,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/2"
                }
            },
            {
                "box": {
                    "id": "dial-3",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        116,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        116,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob3",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 3",
                            "parameter_shortname": "3",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-4",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        220,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/3"
                }
            },
            {
                "box": {
                    "id": "dial-4",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        168,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        168,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob4",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 4",
                            "parameter_shortname": "4",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-5",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        250,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/4"
                }
            },
            {
                "box": {
                    "id": "dial-5",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        220,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        220,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob5",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 5",
                            "parameter_shortname": "5",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-6",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        280,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/5"
                }
            },
            {
                "box": {
                    "id": "dial-6",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        272,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        272,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob6",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 6",
                            "parameter_shortname": "6",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-7",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        310,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/6"
                }
            },
            {
                "box": {
                    "id": "dial-7",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        324,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        324,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob7",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 7",
                            "parameter_shortname": "7",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-8",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        340,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/7"
                }
            },
            {
                "box": {
                    "id": "dial-8",
                    "maxclass": "live.dial",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        376,
                        12,
                        46,
                        48
                    ],
                    "outlettype": [
                        "",
                        "float"
                    ],
                    "parameter_enable": 1,
                    "presentation": 1,
                    "presentation_rect": [
                        376,
                        12,
                        46,
                        48
                    ],
                    "varname": "knob8",
                    "saved_attribute_attributes": {
                        "valueof": {
                            "parameter_longname": "Knob 8",
                            "parameter_shortname": "8",
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [
                                0.5
                            ],
                            "parameter_unitstyle": 1
                        }
                    }
                }
            },
            {
                "box": {
                    "id": "obj-9",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        370,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/z/8"
                }
            },
            {
                "box": {
                    "id": "obj-10",
                    "maxclass": "newobj",
                    "numinlets": 4,
                    "numoutlets": 4,
                    "patching_rect": [
                        12,
                        400,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        "",
                        "",
                        ""
                    ],
                    "text": "route /polate/out/note /polate/out/alive /polate/out/midi"
                }
            },
            {
                "box": {
                    "id": "obj-11",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        430,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "udpreceive 9012"
                }
            },
            {
                "box": {
                    "id": "obj-12",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 5,
                    "patching_rect": [
                        12,
                        460,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        "",
                        "",
                        "",
                        ""
                    ],
                    "text": "unpack 0 0 0 0. 0."
                }
            },
            {
                "box": {
                    "id": "obj-13",
                    "maxclass": "newobj",
                    "numinlets": 2,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        490,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "pipe 0 0 0 0."
                }
            },
            {
                "box": {
                    "id": "obj-14",
                    "maxclass": "newobj",
                    "numinlets": 2,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        520,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "pack 0 0"
                }
            },
            {
                "box": {
                    "id": "obj-15",
                    "maxclass": "newobj",
                    "numinlets": 7,
                    "numoutlets": 2,
                    "patching_rect": [
                        12,
                        550,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        ""
                    ],
                    "text": "midiformat"
                }
            },
            {
                "box": {
                    "id": "obj-16",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        580,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "midiflush"
                }
            },
            {
                "box": {
                    "id": "obj-17",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 0,
                    "patching_rect": [
                        12,
                        610,
                        280,
                        22
                    ],
                    "outlettype": [],
                    "text": "midiout"
                }
            },
            {
                "box": {
                    "id": "obj-18",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        12,
                        640,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        ""
                    ],
                    "text": "trigger b l"
                }
            },
            {
                "box": {
                    "id": "obj-19",
                    "maxclass": "newobj",
                    "numinlets": 2,
                    "numoutlets": 1,
                    "patching_rect": [
                        12,
                        670,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "delay 500"
                }
            },
            {
                "box": {
                    "id": "obj-20",
                    "maxclass": "newobj",
                    "numinlets": 2,
                    "numoutlets": 2,
                    "patching_rect": [
                        312,
                        100,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        ""
                    ],
                    "text": "select 1"
                }
            },
            {
                "box": {
                    "id": "obj-21",
                    "maxclass": "newobj",
                    "numinlets": 2,
                    "numoutlets": 2,
                    "patching_rect": [
                        312,
                        130,
                        280,
                        22
                    ],
                    "outlettype": [
                        "int",
                        "inactive"
                    ],
                    "text": "zl.len"
                }
            },
            {
                "box": {
                    "id": "obj-22",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        312,
                        160,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        ""
                    ],
                    "text": "unpack 0 0"
                }
            },
            {
                "box": {
                    "id": "obj-23",
                    "maxclass": "newobj",
                    "numinlets": 3,
                    "numoutlets": 3,
                    "patching_rect": [
                        312,
                        190,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        "",
                        ""
                    ],
                    "text": "select 120 123"
                }
            },
            {
                "box": {
                    "id": "obj-24",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 2,
                    "patching_rect": [
                        312,
                        220,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        ""
                    ],
                    "text": "trigger b clear"
                }
            },
            {
                "box": {
                    "id": "obj-25",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 8,
                    "patching_rect": [
                        312,
                        250,
                        280,
                        22
                    ],
                    "outlettype": [
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        "",
                        ""
                    ],
                    "text": "midiparse"
                }
            },
            {
                "box": {
                    "id": "obj-26",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        312,
                        280,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "midiin"
                }
            },
            {
                "box": {
                    "id": "obj-27",
                    "maxclass": "newobj",
                    "numinlets": 1,
                    "numoutlets": 1,
                    "patching_rect": [
                        312,
                        310,
                        280,
                        22
                    ],
                    "outlettype": [
                        ""
                    ],
                    "text": "prepend /polate/key"
                }
            }
        ],
        "lines": [
            {
                "patchline": {
                    "source": [
                        "dial-1",
                        0
                    ],
                    "destination": [
                        "obj-2",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-2",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-2",
                        0
                    ],
                    "destination": [
                        "obj-3",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-3",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-3",
                        0
                    ],
                    "destination": [
                        "obj-4",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-4",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-4",
                        0
                    ],
                    "destination": [
                        "obj-5",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-5",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-5",
                        0
                    ],
                    "destination": [
                        "obj-6",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-6",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-6",
                        0
                    ],
                    "destination": [
                        "obj-7",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-7",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-7",
                        0
                    ],
                    "destination": [
                        "obj-8",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-8",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "dial-8",
                        0
                    ],
                    "destination": [
                        "obj-9",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-9",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-11",
                        0
                    ],
                    "destination": [
                        "obj-10",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-10",
                        0
                    ],
                    "destination": [
                        "obj-12",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-12",
                        0
                    ],
                    "destination": [
                        "obj-13",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-12",
                        1
                    ],
                    "destination": [
                        "obj-13",
                        1
                    ],
                    "order": 1
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-12",
                        2
                    ],
                    "destination": [
                        "obj-13",
                        2
                    ],
                    "order": 2
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-12",
                        3
                    ],
                    "destination": [
                        "obj-13",
                        3
                    ],
                    "order": 3
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-13",
                        0
                    ],
                    "destination": [
                        "obj-14",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-13",
                        1
                    ],
                    "destination": [
                        "obj-14",
                        1
                    ],
                    "order": 1
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-13",
                        2
                    ],
                    "destination": [
                        "obj-15",
                        6
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-14",
                        0
                    ],
                    "destination": [
                        "obj-15",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-15",
                        0
                    ],
                    "destination": [
                        "obj-16",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-16",
                        0
                    ],
                    "destination": [
                        "obj-17",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-10",
                        1
                    ],
                    "destination": [
                        "obj-18",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-18",
                        0
                    ],
                    "destination": [
                        "obj-19",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-18",
                        1
                    ],
                    "destination": [
                        "obj-21",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-21",
                        0
                    ],
                    "destination": [
                        "obj-20",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-10",
                        2
                    ],
                    "destination": [
                        "obj-22",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-22",
                        1
                    ],
                    "destination": [
                        "obj-23",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-19",
                        0
                    ],
                    "destination": [
                        "obj-24",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-20",
                        0
                    ],
                    "destination": [
                        "obj-24",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-23",
                        0
                    ],
                    "destination": [
                        "obj-24",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-23",
                        1
                    ],
                    "destination": [
                        "obj-24",
                        0
                    ],
                    "order": 1
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-24",
                        1
                    ],
                    "destination": [
                        "obj-13",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-24",
                        0
                    ],
                    "destination": [
                        "obj-16",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-26",
                        0
                    ],
                    "destination": [
                        "obj-25",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-25",
                        0
                    ],
                    "destination": [
                        "obj-27",
                        0
                    ],
                    "order": 0
                }
            },
            {
                "patchline": {
                    "source": [
                        "obj-27",
                        0
                    ],
                    "destination": [
                        "obj-1",
                        0
                    ],
                    "order": 0
                }
            }
        ],
        "dependency_cache": [],
        "autosave": 0
    }
}